import { describe, expect, it } from "vitest";

import { checkDeterminism } from "../../../../src/charts/rules/render-determinism.ts";
import { only, places, renderFor } from "./render.ts";

const config = (data: string, name = "a") =>
  `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name}, namespace: shop }, data: { ${data} } }`;
const secret = (value: string) =>
  `{ apiVersion: v1, kind: Secret, metadata: { name: s }, stringData: { word: ${value} } }`;
const renders = (...documents: string[][]) =>
  documents.map((each, index) => ({ name: `helm ${index + 3}`, render: renderFor("dev", ...each) }));

describe("checkDeterminism", () => {
  it("is content with equal objects in another order of documents and keys", () => {
    const one = [config("x: '1', w: '2'"), config("z: '3'", "b")];
    const other = [config("z: '3'", "b"), config("w: '2', x: '1'")];
    expect(checkDeterminism(renders(one, one, other))).toEqual([]);
  });

  it("is content with the same twins, whatever their order", () => {
    expect(
      checkDeterminism(renders([config("x: '1'"), config("x: '2'")], [config("x: '2'"), config("x: '1'")])),
    ).toEqual([]);
  });

  it("names the first difference of each object and both values", () => {
    const finding = only(checkDeterminism(renders([config("x: '1', w: '2'")], [config("x: '1', w: '9'")])));
    expect(finding).toMatchObject({
      ...{ rule: "render-determinism", object: "ConfigMap shop/a", path: "data.w" },
      reason: 'differs between renders of the same inputs: "2" with helm 3 and "9" with helm 4; allowed is one value',
    });
    expect(finding.fix).toContain("random values, now, lookup");
  });

  it.each([
    { title: "a key that one has", one: "x: '1'", other: "x: '1', w: '2'", path: "data.w" },
    { title: "an item that one has", one: "x: [1]", other: "x: [1, 2]", path: "data.x[1]" },
    { title: "text and number", one: "x: '1'", other: "x: 1", path: "data.x" },
    { title: "map and list", one: "x: {}", other: "x: []", path: "data.x" },
    { title: "nothing and null", one: "", other: "x: null", path: "data.x" },
  ])("sees the difference of $title", ({ one, other, path }) => {
    expect(places(checkDeterminism(renders([config(one)], [config(other)])))).toEqual([`ConfigMap shop/a ${path}`]);
  });

  it("finds objects that one of the renders has, as a name with a revision in it does", () => {
    expect(places(checkDeterminism(renders([config("", "job-1")], [config("", "job-2")])))).toEqual([
      "ConfigMap shop/job-1",
      "ConfigMap shop/job-2",
    ]);
    expect(places(checkDeterminism(renders([config(""), config("")], [config("")])))).toEqual(["ConfigMap shop/a"]);
  });

  it("compares every render with the first", () => {
    expect(checkDeterminism(renders([config("x: '1'")], [config("x: '2'")], [config("x: '3'")]))).toHaveLength(2);
  });

  it("shows no value of a Secret and none under the name of a credential", () => {
    const [one, other] = ["k9Zq", "p4Wx"];
    const findings = [
      ...checkDeterminism(renders([secret(one)], [secret(other)])),
      ...checkDeterminism(renders([config(`adminPassword: ${one}`)], [config(`adminPassword: ${other}`)])),
    ];
    expect(places(findings)).toEqual(["Secret s stringData.word", "ConfigMap shop/a data.adminPassword"]);
    expect(JSON.stringify(findings)).not.toMatch(/k9Zq|p4Wx/);
  });
});

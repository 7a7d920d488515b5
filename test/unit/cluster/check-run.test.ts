import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { boundOf, checkPods, checksOf, parseCheckOutput } from "../../../src/cluster/check-run.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const platform = (checks: string) => `
systems:
  shop:
    source: .
    charts:
      shop:
        path: charts/shop
        environments: { dev: [], prod: [] }
        checks: ${checks}
`;
const chartWith = (checks: string) => {
  const [chart] = parsePlatform(platform(checks), "ship.yaml").charts;
  if (chart === undefined) throw new Error("the platform file has a chart");
  return chart;
};
const RENDER = `
apiVersion: v1
kind: Pod
metadata: { name: test, labels: { app.kubernetes.io/component: test, app.kubernetes.io/instance: shop } }
spec: {}
`;
const manifests = parseManifests(RENDER, "shop (dev)");
const ASKS = `[
          { name: a, from: test, requests: [{ request: "GET http://shop/" }] },
          { name: b, from: test, environments: [prod], requests: [{ request: "GET http://shop/", within: 30 }] },
          { name: c, environments: [dev], stop: test, turnUnready: [test] } ]`;

describe("checksOf", () => {
  it("takes the checks of the environment, by kind", () => {
    const { requests, stops } = checksOf(chartWith(ASKS), "dev");
    expect(requests.map(({ name }) => name)).toEqual(["a"]);
    expect(stops.map(({ name }) => name)).toEqual(["c"]);
  });
});

describe("checkPods", () => {
  it("makes one pod for a component, with its labels, restricted, which carries the checks", () => {
    const [pod, ...rest] = checkPods(chartWith(ASKS), "prod", manifests);
    expect(rest).toEqual([]);
    expect(JSON.parse(pod?.manifest ?? "")).toMatchObject({
      kind: "Pod",
      metadata: {
        name: "slipway-check-shop-test",
        namespace: "shop",
        labels: { "app.kubernetes.io/component": "test", "app.kubernetes.io/instance": "shop" },
      },
      spec: {
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
        containers: [{ imagePullPolicy: "Never", securityContext: { capabilities: { drop: ["ALL"] } } }],
      },
    });
    const [, argument] = /"args":\["(.*)"\],"env"/.exec(pod?.manifest ?? "") ?? [];
    expect(argument).toContain("http://shop/");
  });

  it.each([
    { check: '{ name: a, from: tset, requests: [{ request: "GET http://shop/" }] }', wrong: "tset" },
    { check: "{ name: a, stop: database, turnUnready: [test] }", wrong: "database" },
    { check: "{ name: a, stop: test, turnUnready: [server] }", wrong: "server" },
  ])("refuses the component $wrong, which no pod has", ({ check, wrong }) => {
    expect(() => checkPods(chartWith(`[${check}]`), "dev", manifests)).toThrow(
      `names the component ${wrong}, and no pod of the render has the label`,
    );
  });
});

describe("parseCheckOutput", () => {
  const { requests } = checksOf(chartWith(ASKS), "prod");

  it("reads a line for each check", () => {
    const output = `pod: Succeeded
{"name":"a","ok":true,"seconds":0.5}
{"name":"b","ok":false,"seconds":30,"request":"GET http://shop/","reason":"status 503 instead of 200"}
`;
    expect(parseCheckOutput("shop", requests, output)).toEqual([
      { chart: "shop", name: "a", ok: true, seconds: 0.5, reason: "" },
      { chart: "shop", name: "b", ok: false, seconds: 30, reason: "GET http://shop/: status 503 instead of 200" },
    ]);
  });

  it("a check that was not come to does not hold", () => {
    const [, b] = parseCheckOutput("shop", requests, 'pod: Failed\n{"name":"a","ok":true,"seconds":0}\n');
    expect(b).toMatchObject({ name: "b", ok: false });
    expect(b?.reason).toMatch(/^the pod that asks ended before it; it printed: pod: Failed/);
  });
});

it("gives requests the time that they may take", () => {
  expect(boundOf(checksOf(chartWith(ASKS), "prod").requests)).toBe(60 + 15 + 35);
});

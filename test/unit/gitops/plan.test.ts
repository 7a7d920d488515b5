import { describe, expect, it } from "vitest";

import { expectedApplications, isOutside, nameInChart, releaseFile } from "../../../src/gitops/plan.ts";
import { checkGitops } from "../../../src/gitops/rules/index.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { facts, PLATFORM } from "./shop.ts";

const RELEASES = PLATFORM.replace("gitops:\n", "gitops:\n  releases: deploy/releases\n");

describe("the files of releases", () => {
  it("are the last value files of every Application, from the folder of its chart", () => {
    const { charts, gitops } = parsePlatform(RELEASES, "platform.yaml");
    if (gitops === undefined) throw new Error("the platform of the test has no gitops");
    expect(expectedApplications(charts, gitops).map(({ valueFiles }) => valueFiles.at(-1))).toEqual(
      ["dev", "staging", "prod"].map((environment) => `../../deploy/releases/${environment}/shop.yaml`),
    );
    expect(releaseFile(gitops, "prod", "shop")).toBe("deploy/releases/prod/shop.yaml");
    expect(releaseFile({ ...gitops, releases: undefined }, "prod", "shop")).toBeUndefined();
  });

  it("are demanded of an Application that does not name its own, and must be there", () => {
    const platform = () => RELEASES;
    expect([...new Set(checkGitops(facts({ platform })).map(({ rule }) => rule))]).toEqual(["value-files"]);
    const bodies = (all: Parameters<NonNullable<Parameters<typeof facts>[0]>["bodies"] & object>[0]) =>
      all.map((body) => {
        const environment = body.metadata.name.replace("shop-", "");
        body.spec.source.helm.valueFiles.push(`../../deploy/releases/${environment}/shop.yaml`);
        return body;
      });
    const missing = checkGitops(facts({ platform, bodies }));
    expect([...new Set(missing.map(({ rule }) => rule))]).toEqual(["missing-value-file"]);
    const files = ["dev", "staging", "prod"].flatMap((name) => [
      ...[`values-${name}.yaml`, `../../deploy/releases/${name}/shop.yaml`],
    ]);
    expect(checkGitops(facts({ platform, bodies, files: ["Chart.yaml", "values.yaml", ...files] }))).toEqual([]);
  });

  it("get a name of their own in the chart for a render", () => {
    expect(["values.yaml", "../../releases/prod/shop.yaml"].map(isOutside)).toEqual([false, true]);
    expect(nameInChart("../../releases/prod/shop.yaml", "prod")).toBe(".prod.shop.yaml");
    expect(nameInChart("values-prod.yaml", "prod")).toBe("values-prod.yaml");
  });
});

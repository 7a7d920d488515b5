import { describe, expect, it } from "vitest";

import type { Finding } from "../../../src/charts/finding.ts";
import { chartCases, gitopsCases, imageCases, smokeCases } from "../../../src/ci/cases.ts";
import type { SmokeResult } from "../../../src/cluster/smoke-report.ts";

const FINDING: Finding = {
  ...{ rule: "plain-secret", chart: "shop", environment: "dev", object: "charts/shop/values.yaml" },
  ...{ path: "line 12, auth.password", reason: "holds a password", fix: "name a Secret" },
};

describe("chartCases", () => {
  const results = (["dev", "prod"] as const).map((environment) => ({ chart: "shop", environment, objects: 3 }));

  it("has a case per finding, and one per chart and environment without any", () => {
    expect(chartCases(results, [FINDING])).toEqual([
      {
        ...{ group: "shop dev", name: "charts/shop/values.yaml", outcome: "failed", seconds: 0, rule: "plain-secret" },
        text: "line 12, auth.password: holds a password",
        ...{ fix: "name a Secret", file: "charts/shop/values.yaml", line: 12 },
      },
      { group: "shop", name: "prod", outcome: "passed", seconds: 0, text: "" },
    ]);
  });

  it("calls no environment of a chart clean that has a finding as a whole", () => {
    expect(chartCases(results, [{ ...FINDING, environment: "" }]).map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  it("takes an object of a cluster for no file", () => {
    const [found] = chartCases([], [{ ...FINDING, object: "Deployment shop/shop-api", path: "spec.replicas" }]);
    expect(found).toMatchObject({ name: "Deployment shop/shop-api", file: undefined, line: undefined });
  });

  it("says of a finding that concerns no chart that it is of the source", () => {
    expect(chartCases([], [{ ...FINDING, chart: "", environment: "" }])[0]?.group).toBe("source");
  });
});

describe("gitopsCases", () => {
  it("has a case per finding with file and line, and one per Application without any", () => {
    const finding = {
      ...{ rule: "sync-policy", file: "deploy/argocd/applicationset.yaml", line: 7, application: "shop-prod" },
      ...{ found: "automated", allowed: "by hand in prod", next: "take automated away" },
    };
    expect(gitopsCases([{ name: "shop-dev" }, { name: "shop-prod" }], [finding])).toEqual([
      {
        ...{ group: "gitops", name: "shop-prod", outcome: "failed", seconds: 0, rule: "sync-policy" },
        text: "found automated; allowed by hand in prod",
        ...{ fix: "take automated away", file: "deploy/argocd/applicationset.yaml", line: 7 },
      },
      { group: "gitops", name: "shop-dev", outcome: "passed", seconds: 0, text: "" },
    ]);
  });
});

describe("imageCases", () => {
  it("has a case per image, with the Dockerfile and the reason of one that failed", () => {
    const outcomes = [
      { name: "api", seconds: 2 },
      { name: "ui", seconds: 1 },
    ];
    expect(imageCases(outcomes, [{ name: "ui", dockerfile: "docker/Dockerfile.ui", text: "exit code 1" }])).toEqual([
      { group: "images", name: "api", outcome: "passed", seconds: 2, text: "" },
      { group: "images", name: "ui", outcome: "failed", seconds: 1, text: "exit code 1", file: "docker/Dockerfile.ui" },
    ]);
  });
});

describe("smokeCases", () => {
  const result: SmokeResult = {
    ...{ environment: "dev", commit: "0123", clusterSeconds: {}, networks: [], diagnoses: [], notes: [], seconds: 9 },
    resources: [{ chart: "shop", resource: "Deployment shop-api", ready: true, state: "", seconds: 4 }],
    checks: [{ chart: "shop", name: "answers", ok: true, reason: "", seconds: 1 }],
    proof: { containers: { shop: 3 }, strange: [] },
  };
  const failed = (changes: Partial<SmokeResult>) =>
    smokeCases({ ...result, ...changes }).filter(({ outcome }) => outcome === "failed");

  it("has a case per resource and check", () => {
    expect(smokeCases(result).map(({ group, name, outcome }) => [group, name, outcome])).toEqual([
      ["shop", "Deployment shop-api", "passed"],
      ["shop", "answers", "passed"],
    ]);
  });

  it("says each failure once", () => {
    const resources = [{ chart: "shop", resource: "Deployment shop-api", ready: false, state: "0 of 1", seconds: 4 }];
    expect(failed({ resources }).map(({ text }) => text)).toEqual(["0 of 1"]);
    const checks = [{ chart: "shop", name: "answers", ok: false, reason: "status 500", seconds: 1 }];
    expect(failed({ checks }).map(({ text }) => text)).toEqual(["status 500"]);
  });

  it("names what is of no resource and no check: a diagnosis, an image from elsewhere", () => {
    expect(failed({ diagnoses: ["shop-api is out of memory"] }).map(({ text }) => text)).toEqual([
      "shop-api is out of memory",
    ]);
    const strange = [{ object: "Pod shop/x", image: "elsewhere/x:1", imageId: "sha256:1" }];
    expect(failed({ proof: { containers: { shop: 3 }, strange } })[0]?.text).toMatch(/^Pod shop\/x ran elsewhere\/x:1/);
  });
});

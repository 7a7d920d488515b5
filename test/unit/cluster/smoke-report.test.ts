import { describe, expect, it } from "vitest";

import { failuresOf, SmokeFailedError, type SmokeResult, smokeTable } from "../../../src/cluster/smoke-report.ts";

const PASSED: SmokeResult = {
  environment: "dev",
  commit: "0123",
  clusterSeconds: { node: 2.1, dns: 3.04 },
  resources: [
    { chart: "shop", resource: "Deployment api", ready: true, state: "2 of 2 pods ready", seconds: 6.25 },
    { chart: "shop", resource: "Job migrate", ready: true, state: "1 of 1 completed", seconds: 4 },
  ],
  checks: [{ chart: "shop", name: "an order is paid", ok: true, seconds: 1.5, reason: "" }],
  networks: [
    {
      chart: "shop",
      proof: {
        verdict: "proved",
        cause: "",
        edges: [{ from: "ui", to: "api", port: "80", isDeclared: true, verdict: "proved", cause: "" }],
        absent: { all: 40, tried: 40, refused: 40 },
      },
      seconds: 5,
    },
  ],
  proof: { containers: { shop: 2, ingress: 1 }, strange: [] },
  diagnoses: [],
  notes: ["shop goes without qdrant"],
  seconds: 20.04,
};

describe("smokeTable", () => {
  it("lists resources, checks, the slowest, the proof of images and notes", () => {
    expect(smokeTable(PASSED)).toMatchInlineSnapshot(`
      "CHART      RESOURCE               READY  SECONDS
      (cluster)  Node and name service  yes        3.0
      shop       Deployment api         yes        6.3
      shop       Job migrate            yes        4.0

      CHART  CHECK             HOLDS  SECONDS
      shop   an order is paid  yes        1.5

      slowest: shop Deployment api (6.3 s), shop Job migrate (4.0 s), "an order is paid" (1.5 s)
      images: 3 containers ran, all of them from images of this run or the image lock
      network: shop: 1 of 1 declared connections are open, 40 of 40 absent ones are refused (5.0 s)
      note: shop goes without qdrant
      dev: passed in 20.0 s"
    `);
  });
});

describe("a smoke test that failed", () => {
  it("names resources, checks and images", () => {
    const [api, ...others] = PASSED.resources;
    if (api === undefined) throw new Error("there are resources");
    const failed: SmokeResult = {
      ...PASSED,
      resources: [{ ...api, ready: false, state: "1 of 2 pods ready" }, ...others],
      checks: [{ chart: "shop", name: "an order is paid", ok: false, seconds: 30, reason: "GET /: status 503" }],
      proof: {
        containers: { shop: 2, ingress: 1 },
        strange: [{ object: "Pod shop/a, container b", image: "evil", imageId: "sha256:1" }],
      },
    };
    expect(failuresOf(failed)).toEqual([
      "shop: Deployment api is not ready: 1 of 2 pods ready",
      "shop: an order is paid: GET /: status 503",
      "Pod shop/a, container b ran evil (sha256:1), which the node was not given",
    ]);
    expect(new SmokeFailedError(failed).message).toMatch(/^\[gate\] smoke-test --env dev: 3 failures\n/);
  });

  it("names what was diagnosed, and not what follows from it", () => {
    const resources = PASSED.resources.map((resource) => ({ ...resource, ready: false }));
    expect(failuresOf({ ...PASSED, resources, diagnoses: ["Pod a: crash-loop: it ended"] })).toEqual([
      "Pod a: crash-loop: it ended",
    ]);
  });
});

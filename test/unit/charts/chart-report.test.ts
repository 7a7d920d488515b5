import { describe, expect, it } from "vitest";

import { chartTable, ChartsFailedError } from "../../../src/charts/chart-report.ts";
import type { Finding } from "../../../src/charts/finding.ts";

const FINDING: Finding = {
  ...{ rule: "image-tag", chart: "shop", environment: "dev", object: "Deployment shop/api" },
  ...{ path: "spec.template.spec.containers[0].image", reason: "shop/api:latest\nmoves", fix: "name a version" },
};
const FINDINGS: Finding[] = [
  FINDING,
  { ...FINDING, environment: "prod" },
  { ...FINDING, rule: "kube-score/pod-probes", path: "" },
];
const GROUPS = [
  { heading: "SCORE", rules: ["kube-score"] },
  { heading: "RULES", rules: [] },
];

describe("chartTable", () => {
  it("counts findings per group, and knows none for a chart that did not render", () => {
    const results = [
      { chart: "shop", environment: "dev", objects: 12 },
      { chart: "shop", environment: "staging", objects: undefined },
      { chart: "shop", environment: "prod", objects: 14 },
    ] as const;
    const others: Finding[] = [
      { ...FINDING, environment: "" },
      { ...FINDING, environment: "", chart: "" },
    ];
    expect(chartTable(results, [...FINDINGS, ...others], GROUPS)).toBe(
      `CHART   ENVIRONMENT  OBJECTS  SCORE  RULES
shop    dev               12      1      1
shop    staging            -      -      -
shop    prod              14      0      1
shop    all                -      -      1
source  all                -      -      1`,
    );
  });
});

describe("ChartsFailedError", () => {
  it("names every finding, and one of several environments once", () => {
    expect(new ChartsFailedError(FINDINGS, "TABLE", "validate").message).toBe(`[gate] validate: 3 findings in shop

image-tag  shop (dev, prod)
  object  Deployment shop/api
  path    spec.template.spec.containers[0].image
  found   shop/api:latest
          moves
  fix     name a version
kube-score/pod-probes  shop (dev)
  object  Deployment shop/api
  found   shop/api:latest
          moves
  fix     name a version

TABLE

Next: mend what is named above; what must stay goes into the exceptions file, with a reason and an expiry`);
  });
});

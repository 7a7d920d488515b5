import { describe, expect, it } from "vitest";

import { chartCyclonedx, type ChartContents, chartSpdx } from "../../../src/release/chart-contents.ts";

const HASH = "ab".repeat(32);
const IMAGE = "cd".repeat(32);
const CONTENTS: ChartContents = {
  chartFile: `apiVersion: v2
name: shop
version: 1.2.3
dependencies:
  - { name: common, version: 0.1.0, repository: file://../common }
  - { name: postgresql, version: 0.2.0, repository: file://../postgresql, condition: postgresql.enabled }
`,
  digest: `sha256:${HASH}`,
  images: [{ name: "api", repository: "shop/api", digest: `sha256:${IMAGE}` }],
  createdAtSeconds: 1_700_000_000,
  toolVersion: "0.1.0",
};

describe("what a chart is made of", () => {
  it("is the chart, the charts in it and the images that it pins, as SPDX", () => {
    expect(chartSpdx(CONTENTS)).toMatchSnapshot();
  });

  it("is the same as CycloneDX", () => {
    expect(chartCyclonedx(CONTENTS)).toMatchSnapshot();
  });

  it("is the chart alone where it has no dependency and no image", () => {
    const alone = { ...CONTENTS, chartFile: "name: shop\nversion: 1.2.3\n", images: [] };
    expect(chartSpdx(alone)).toMatchObject({ packages: [{ name: "shop" }], relationships: [{}] });
    expect(chartCyclonedx(alone)).toMatchObject({ components: [], dependencies: [{ dependsOn: [] }] });
  });
});

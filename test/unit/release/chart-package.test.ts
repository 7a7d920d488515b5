import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { imageTags } from "../../../src/images/tags.ts";
import type { ChartSpec } from "../../../src/platform/chart-spec.ts";
import { chartObject, chartVersion, pinnedValues, releasedChartFile } from "../../../src/release/chart-package.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const DIGEST = `sha256:${"d".repeat(64)}`;

const SPEC: ChartSpec = {
  ...{ system: "s", name: "shop", path: "charts/shop", release: "shop", namespace: "shop" },
  images: { api: "api.image", other: "other.image" },
  ...{ lockedImages: {}, withoutImage: {}, environments: {}, secrets: {}, throwAway: {}, checks: [], withoutHttp: [] },
};

describe("chartVersion", () => {
  it.each([
    { ref: "refs/tags/v1.2.3", aliases: [], version: "1.2.3", appVersion: "1.2.3" },
    { ref: "", aliases: ["2.0.0-rc.1"], version: "2.0.0-rc.1", appVersion: "2.0.0-rc.1" },
    {
      ...{ ref: "refs/heads/main", aliases: ["stable"] },
      ...{ version: "0.0.0-sha-0123456789ab", appVersion: `sha-${COMMIT}` },
    },
  ])("of $ref and $aliases is $version", ({ ref, aliases, version, appVersion }) => {
    expect(chartVersion(COMMIT, imageTags(COMMIT, ref, aliases))).toEqual({ version, appVersion });
  });
});

describe("releasedChartFile", () => {
  it("sets the versions and keeps all else, comments too", () => {
    const text = "# A chart.\napiVersion: v2\nname: shop\nversion: 0.1.0 # moves\nappVersion: 0.1.0\n";
    expect(releasedChartFile(text, { version: "1.2.3", appVersion: "sha-1" })).toBe(
      "# A chart.\napiVersion: v2\nname: shop\nversion: 1.2.3 # moves\nappVersion: sha-1\n",
    );
  });
});

describe("pinnedValues", () => {
  const pins = new Map([["api", { registry: "r.example/acme", repository: "shop/api", digest: DIGEST }]]);

  it("names each image of the release by registry, repository and digest, and leaves others as they are", () => {
    const text = "# Images.\napi:\n  image:\n    repository: api # here\n    tag: x\nother:\n  image: { tag: y }\n";
    const pinned = pinnedValues(text, SPEC, pins);
    expect(parse(pinned)).toEqual({
      api: { image: { repository: "shop/api", tag: "x", registry: "r.example/acme", digest: DIGEST } },
      other: { image: { tag: "y" } },
    });
    expect(pinned).toContain("# Images.");
  });

  it("makes the way to a value that is not there", () => {
    expect(parse(pinnedValues("{}\n", SPEC, pins))).toEqual({ api: { image: pins.get("api") } });
  });
});

describe("chartObject", () => {
  it("is what helm pull reads, and the same bytes each time", () => {
    const packed = { name: "shop", digest: DIGEST, size: 7 };
    const make = () =>
      chartObject("r.example/charts/shop", "name: shop\nversion: 1.2.3\n", packed, { config: "/c", archive: "/a" });
    const chart = make();
    expect(JSON.parse(chart.manifest)).toMatchObject({
      config: { mediaType: "application/vnd.cncf.helm.config.v1+json", size: chart.config.length },
      layers: [{ mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", digest: DIGEST, size: 7 }],
      annotations: { "org.opencontainers.image.title": "shop", "org.opencontainers.image.version": "1.2.3" },
    });
    expect(Object.values(chart.files)).toEqual(["/c", "/a"]);
    expect(make()).toEqual(chart);
  });
});

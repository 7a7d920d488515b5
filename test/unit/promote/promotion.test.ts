import { describe, expect, it } from "vitest";

import { environmentBefore, filesToRead, planPromotion } from "../../../src/promote/promotion.ts";
import { promotionJson, type PromotionOutcome, promotionTable } from "../../../src/promote/promotion-report.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import type { ReleaseRecord } from "../../../src/release/release-record.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const COMMIT = "c".repeat(40);
const PLATFORM = `systems:
  shop:
    source: .
    images:
      api: { dockerfile: Dockerfile.api, bases: {}, repository: shop-api }
      site: { dockerfile: Dockerfile.site, bases: {} }
    charts:
      shop:
        path: charts/shop
        images: { api: api.image, site: image }
        environments: { dev: [dev.yaml], staging: [staging.yaml], prod: [prod.yaml] }
      tools:
        path: charts/tools
        environments: { dev: [dev.yaml], prod: [prod.yaml] }
gitops:
  projects: argocd/project.yaml
  applicationSets: argocd/applicationset.yaml
  releases: releases
  repository: https://git.example.com/shop.git
  customResources: { goModule: github.com/argoproj/argo-cd/v3, version: v3.5.7, directory: manifests/crds }
`;
const RECORD: ReleaseRecord = {
  ...{ version: 1, revision: COMMIT },
  images: [
    { name: "api", system: "shop", repository: "shop-api", digest: digest("a") },
    { name: "site", system: "shop", repository: "site", digest: digest("b") },
  ],
  charts: [
    {
      ...{ name: "shop", system: "shop", repository: "charts/shop", version: "1.2.3", digest: digest("d") },
      images: { "api.image": digest("a"), image: digest("b") },
    },
    { name: "tools", system: "shop", repository: "charts/tools", version: "1.2.3", digest: digest("e"), images: {} },
  ],
};

const platform = parsePlatform(PLATFORM, "platform.yaml");
const { gitops } = platform;
if (gitops === undefined) throw new Error("the platform of the test has no gitops");
const known = gitops;

function plan(
  environment: "dev" | "staging" | "prod",
  texts: ReadonlyMap<string, string> = new Map(),
  record: ReleaseRecord = RECORD,
) {
  return planPromotion(environment, { record, prefix: "registry.example.com/shop" }, platform, known, texts);
}

/** The files after a promotion to staging. */
function afterStaging(record = RECORD): Map<string, string> {
  return new Map(plan("staging", new Map(), record).charts.map(({ file, textAfter }) => [file, textAfter]));
}

describe("planPromotion", () => {
  it("writes every chart of the release into its file of the environment", () => {
    const { charts, notReleased } = plan("staging");
    expect(charts.map(({ file }) => file)).toEqual(["releases/staging/shop.yaml"]);
    expect(charts[0]?.textAfter).toMatchInlineSnapshot(`
      "api:
        image:
          registry: registry.example.com/shop
          repository: shop-api
          digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      image:
        registry: registry.example.com/shop
        repository: site
        digest: sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      global:
        release:
          revision: cccccccccccccccccccccccccccccccccccccccc
          chart:
            version: 1.2.3
            digest: sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      "
    `);
    expect(notReleased).toEqual([]);
  });

  it("C-44: takes to prod what staging runs, and a chart that staging does not have from the evidence alone", () => {
    const { charts } = plan("prod", afterStaging());
    expect(charts.map(({ file }) => file)).toEqual(["releases/prod/shop.yaml", "releases/prod/tools.yaml"]);
  });

  it("C-44: refuses to take to prod what staging does not run, naming what it does", () => {
    expect(() => plan("prod")).toThrowErrorMatchingInlineSnapshot(`
      [PromotionRefusedError: [gate] promote to prod is refused
      chart shop: staging runs nothing by releases/staging/shop.yaml, and not 1.2.3, chart sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      Next: promote this release to the environment before, merge that, and promote from the merged source; nothing was written]
    `);
    const other = { ...RECORD, charts: RECORD.charts.map((chart) => ({ ...chart, digest: digest("f") })) };
    expect(() => plan("prod", afterStaging(other))).toThrowErrorMatchingInlineSnapshot(`
      [PromotionRefusedError: [gate] promote to prod is refused
      chart shop: staging runs 1.2.3 of cccccccccccccccccccccccccccccccccccccccc, chart sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff by releases/staging/shop.yaml, and not 1.2.3, chart sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      Next: promote this release to the environment before, merge that, and promote from the merged source; nothing was written]
    `);
  });

  it.each([
    {
      title: "a chart that the platform does not have",
      record: { ...RECORD, charts: RECORD.charts.map((chart) => ({ ...chart, name: `${chart.name}s` })) },
      says: /platform\.yaml has no chart shops, which the release has\n.*no chart tools/s,
    },
    {
      title: "a chart that pins what the platform does not name",
      record: withImages({ "api.image": digest("a"), image: digest("b"), "ui.image": digest("b") }),
      says: /chart shop: the release pins ui\.image, which the platform file does not name/,
    },
    {
      title: "a chart that does not pin what the platform names",
      record: withImages({ image: digest("b") }),
      says: /chart shop: the release does not pin api\.image/,
    },
    {
      title: "a chart that pins another image than the release has",
      record: withImages({ "api.image": digest("9"), image: digest("b") }),
      says: /chart shop: api\.image is sha256:9{64}, and the release has sha256:a{64}/,
    },
    {
      title: "nothing that the environment runs",
      record: { ...RECORD, charts: [] },
      says: /the release has no chart that staging runs/,
    },
  ])("refuses a release with $title", ({ record, says }) => {
    expect(() => plan("staging", new Map(), record)).toThrow(says);
  });

  it("leaves alone, and names, what a release does not have", () => {
    const only = { ...RECORD, charts: RECORD.charts.slice(0, 1) };
    const { charts, notReleased } = plan("prod", afterStaging(), only);
    expect([charts.map(({ spec }) => spec.name), notReleased]).toEqual([["shop"], ["tools"]]);
  });

  it("reads the files of the environment and of the one before", () => {
    expect(filesToRead("prod", platform, known)).toEqual([
      ...["releases/prod/shop.yaml", "releases/staging/shop.yaml", "releases/prod/tools.yaml"],
    ]);
    expect(filesToRead("dev", platform, known)).toEqual(["releases/dev/shop.yaml", "releases/dev/tools.yaml"]);
  });

  it("asks the environment before only where Argo CD rolls it out", () => {
    const chart = { environments: { dev: [], staging: [], prod: [] } };
    expect(environmentBefore("prod", { environments: ["dev", "prod"] }, chart)).toBeUndefined();
    expect(environmentBefore("prod", known, chart)).toBe("staging");
    expect(environmentBefore("staging", known, chart)).toBeUndefined();
  });
});

describe("the report of a promotion", () => {
  const outcome = (texts: ReadonlyMap<string, string>): PromotionOutcome => ({
    ...{ promotion: plan("staging", texts), tag: "1.2.3", revision: COMMIT, dryRun: false, notes: [] },
    moves: [{ application: "shop-prod", from: "v1.0.0", move: { kind: "move", to: "f".repeat(40) } }],
    aliases: [{ reference: "registry.example.com/shop/site:staging", from: "", to: digest("b") }],
  });

  it("says what goes from where to where", () => {
    const before = { ...RECORD, charts: RECORD.charts.map((chart) => ({ ...chart, digest: digest("f") })) };
    expect(promotionTable(outcome(afterStaging(before)))).toMatchInlineSnapshot(`
      "release 1.2.3 of commit cccccccccccccccccccccccccccccccccccccccc to staging: verified, smoke test passed

      CHART  IMAGE      FROM                       TO                         STATE
      shop   -          1.2.3 sha256:ffffffffffff  1.2.3 sha256:dddddddddddd  changed
      shop   api.image  sha256:aaaaaaaaaaaa        sha256:aaaaaaaaaaaa        same
      shop   image      sha256:bbbbbbbbbbbb        sha256:bbbbbbbbbbbb        same

      APPLICATION  FROM    TO                                        REVISION
      shop-prod    v1.0.0  ffffffffffffffffffffffffffffffffffffffff  moves

      alias registry.example.com/shop/site:staging: moved from - to sha256:bbbbbbbbbbbb
      to review: git apply promotion.patch, or copy what lies below files
      "
    `);
    expect(promotionTable({ ...outcome(afterStaging()), moves: [] })).toContain(
      "nothing to change: staging has this release",
    );
  });

  it("says the same as data", () => {
    expect(JSON.parse(promotionJson(outcome(new Map())))).toMatchObject({
      ...{ environment: "staging", tag: "1.2.3", revision: COMMIT, notReleased: [] },
      charts: [{ chart: "shop", images: [{ path: "api.image", from: "", to: digest("a") }, { path: "image" }] }],
    });
  });
});

function withImages(images: Record<string, string>): ReleaseRecord {
  return { ...RECORD, charts: RECORD.charts.map((chart) => (chart.name === "shop" ? { ...chart, images } : chart)) };
}

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { planJson, planRun, type PlanSubject, planTable } from "../../../src/plan/plan.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const PLATFORM = `systems:
  shop:
    source: .
    namespace: market
    images:
      api: { dockerfile: Dockerfile.api, bases: {} }
      site: { dockerfile: Dockerfile.site, bases: {}, maxCompressedMiB: 5 }
    charts:
      shop: { path: charts/shop, images: { api: image }, environments: { dev: [dev.yaml], prod: [prod.yaml] } }
      tools: { path: charts/tools, environments: { prod: [prod.yaml] } }
`;

const SUBJECT: PlanSubject = {
  platform: parsePlatform(PLATFORM, "platform.yaml"),
  ...{ environment: "dev", commit: "c".repeat(40), notes: [] },
  tags: [
    { name: "sha-c", moves: false },
    { name: "edge", moves: true },
  ],
  inputs: [{ image: "api", files: ["Dockerfile.api"], context: ".", sources: ["api"], isIgnored: () => false }],
};
const AFFECTED = {
  images: [
    { name: "api", content: ["api/main.go is copied", "the image lock: golang"], checks: [] },
    { name: "site", content: [], checks: ["platform.yaml: its maxCompressedMiB"] },
  ],
  charts: [
    { name: "shop", content: ["it pins the image api"], checks: [] },
    { name: "tools", content: [], checks: [] },
  ],
  ...{ gone: ["old"], unused: ["README.md"] },
};

describe("the plan of a run", () => {
  it("plans everything where no change is counted", () => {
    expect(planRun(SUBJECT).map(({ name, actions }) => `${name}: ${actions.join(", ")}`)).toEqual([
      ...["api: build, push, tag", "site: build, push, tag"],
      ...["shop: pack, push, tag, validate, install shop in market (dev)", "tools: pack, push, tag, validate"],
    ]);
  });

  it("plans what a change affects, and says why", () => {
    const change = { since: "b".repeat(40), affected: AFFECTED };
    expect(planTable({ ...SUBJECT, change, notes: ["a note"] })).toMatchInlineSnapshot(`
      "platform.yaml of commit cccccccccccccccccccccccccccccccccccccccc, changed since bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: 2 of 4 images and charts

      WHAT   NAME   ACTION                                                   WHY
      image  api    build, push, tag                                         api/main.go is copied; and 1 more
      image  site   measure                                                  platform.yaml: its maxCompressedMiB
      chart  shop   pack, push, tag, validate, install shop in market (dev)  it pins the image api
      chart  tools  -                                                        no input of it has changed

      tags of what is pushed: sha-c, edge (moves); pushed by digest first, aliases last
      gone from the platform file: old
      paths that nothing is made of: 1
      a note"
    `);
  });

  it("says the same as data, with every reason and the recorded inputs", () => {
    const form = z.object({ items: z.array(z.object({ name: z.string(), reasons: z.array(z.string()) })) });
    const text = planJson({ ...SUBJECT, change: { since: "b".repeat(40), affected: AFFECTED } });
    expect(form.parse(JSON.parse(text)).items[0]?.reasons).toEqual(AFFECTED.images[0]?.content);
    expect(JSON.parse(text)).toMatchObject({ unused: ["README.md"], inputs: [{ image: "api", sources: ["api"] }] });
  });
});

/** What a plan says of a change is held against builds: whatever comes out with another digest must have been named. */
import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseImageLock } from "../../src/platform/image-lock.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { packCharts } from "../../src/release/chart-archive.ts";
import { changed, committed } from "./support/git-source.ts";
import { inEngine, runLock, slipway } from "./support/slipway.ts";

const PLATFORM = "platform.yaml";
const COMMIT = "c".repeat(40);
const FILES: Readonly<Record<string, string>> = {
  [PLATFORM]: `systems:
  shop:
    source: app
    images:
      api: { dockerfile: Dockerfile.api, bases: { BASE: static }, args: { FOLDER: lib } }
      site: { dockerfile: Dockerfile.site, bases: { BASE: static } }
    charts:
      shop: { path: charts/shop, images: { api: image }, environments: { dev: [values-dev.yaml] } }
`,
  "Dockerfile.api": "ARG BASE\nFROM $BASE\nARG SOURCE\nARG FOLDER\nCOPY ${SOURCE}/main.txt ${SOURCE}/${FOLDER} /app/\n",
  "Dockerfile.site": "ARG BASE\nFROM $BASE\nCOPY site/*.html linked /site/\nCOPY site /all/\n",
  ".dockerignore": "**/*.md\n**/deep\n!site/deep/kept.txt\n",
  "app/main.txt": "main\n",
  "app/lib/a.txt": "a\n",
  "app/other/a.txt": "other\n",
  "site/index.html": "site\n",
  "site/notes.md": "notes\n",
  "site/deep/a.txt": "deep\n",
  "site/deep/kept.txt": "kept\n",
  "shared/page.txt": "shared\n",
  "charts/common/Chart.yaml": "apiVersion: v2\nname: common\nversion: 0.1.0\ntype: library\n",
  "charts/common/templates/_name.tpl": '{{- define "common.name" -}}name{{- end -}}\n',
  "charts/shop/Chart.yaml":
    "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n  - { name: common, version: 0.1.0, repository: file://../common }\n",
  "charts/shop/Chart.lock":
    'dependencies:\n- name: common\n  repository: file://../common\n  version: 0.1.0\ndigest: sha256:636a65e9846bdff17cc4e65b0849061f783759a37aa51fb85ff6fd8ba5e68467\ngenerated: "2026-01-01T00:00:00Z"\n',
  "charts/shop/values.yaml": 'image: { registry: "", repository: api, digest: "" }\n',
  "charts/shop/values-dev.yaml": "more: true\n",
  "charts/shop/templates/map.yaml":
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ include "common.name" . }} }\n',
};

/** Changes of one file each, and what a build makes of them. */
const CHANGES: readonly { readonly file: string; readonly text: string; readonly other: readonly string[] }[] = [
  { file: "app/main.txt", text: "changed\n", other: ["api", "shop"] },
  { file: "app/lib/new.txt", text: "new\n", other: ["api", "shop"] },
  { file: "app/other/a.txt", text: "changed\n", other: [] },
  { file: "site/index.html", text: "changed\n", other: ["site"] },
  { file: "site/notes.md", text: "changed\n", other: [] },
  { file: "site/deep/a.txt", text: "changed\n", other: [] },
  { file: "site/deep/kept.txt", text: "changed\n", other: ["site"] },
  { file: "shared/page.txt", text: "changed\n", other: ["site"] },
  { file: PLATFORM, text: (FILES[PLATFORM] ?? "").replace("FOLDER: lib", "FOLDER: other"), other: ["api", "shop"] },
  { file: "charts/common/templates/_name.tpl", text: '{{- define "common.name" -}}b{{- end -}}\n', other: ["shop"] },
  { file: "charts/shop/values-dev.yaml", text: "more: false\n", other: ["shop"] },
];

function platformSource(): Directory {
  const files = Object.entries(FILES).reduce((all, [name, text]) => all.withNewFile(name, text), dag.directory());
  return files.withSymlink("shared/page.txt", "linked");
}

/** The digest of every image and chart, built in full. */
async function digestsOf(source: Directory): Promise<Readonly<Record<string, string>>> {
  const tree = source.withoutDirectory(".git");
  const module = slipway({ source: tree, platform: PLATFORM, revision: COMMIT });
  const [listed, charts, lockText, text] = await Promise.all([
    module.images().then(async (images) => images.file("images.json").contents()),
    module.dependencyBuild(),
    runLock().contents(),
    tree.file(PLATFORM).contents(),
  ]);
  const form = z.object({ images: z.array(z.object({ name: z.string(), digest: z.string() })) });
  const images = form.parse(JSON.parse(listed)).images.map(({ name, digest }) => [name, digest] as const);
  const pins = new Map(images.map(([name, digest]) => [name, { registry: "registry", repository: name, digest }]));
  const packing = { version: { version: "0.1.0", appVersion: "0.1.0" }, pins, createdAtSeconds: 0 };
  const packed = await packCharts(
    parseImageLock(lockText, "lock"),
    parsePlatform(text, PLATFORM).charts,
    charts,
    packing,
  );
  return Object.fromEntries([...images, ...packed.charts.map(({ name, digest }) => [name, digest] as const)]);
}

/** What a plan names as another since a revision. */
async function namedBy(source: Directory, since: string): Promise<string[]> {
  const text = await slipway({ source, platform: PLATFORM, revision: "" }).plan(since, undefined, [], "", "main", true);
  const form = z.object({ items: z.array(z.object({ name: z.string(), actions: z.array(z.string()) })) });
  return form.parse(JSON.parse(text)).items.flatMap(({ name, actions }) => (actions.includes("push") ? [name] : []));
}

describe("plan --since against full rebuilds", () => {
  it("names every image and chart that comes out with another digest, and no other", async () => {
    await inEngine(async () => {
      const base = await committed(platformSource());
      const before = await digestsOf(base);
      expect(Object.keys(before).sort()).toEqual(["api", "shop", "site"]);
      const outcomes: Record<string, unknown> = {};
      for (const { file, text } of CHANGES) {
        const after = await changed(base, (source) => source.withNewFile(file, text));
        const digests = await digestsOf(after);
        const other = Object.keys(before).filter((name) => before[name] !== digests[name]);
        outcomes[file] = { other: other.sort(), named: (await namedBy(after, "HEAD~1")).sort() };
      }
      const expected = CHANGES.map(({ file, other }) => [file, { other, named: other }] as const);
      expect(outcomes).toEqual(Object.fromEntries(expected));
    });
  });

  it("counts what is not committed, names nothing where nothing differs, and says why in a table", async () => {
    await inEngine(async () => {
      const base = await committed(platformSource());
      expect(await namedBy(base, "HEAD")).toEqual([]);
      const dirty = base.withNewFile("site/new.html", "new\n").withoutFile("app/lib/a.txt");
      expect(await namedBy(dirty, "main")).toEqual(["api", "site", "shop"]);
      const table = await slipway({ source: dirty, platform: PLATFORM, revision: "" }).plan("main");
      expect(table).toMatch(/^image +api +build, push, tag +app\/lib\/a\.txt is copied$/m);
      expect(table).toMatch(
        /^chart +shop +pack, push, tag, validate, install shop in shop \(dev\) +it pins the image api$/m,
      );
      expect(table).toMatch(/^the source has no deploy\/images\.lock\.yaml: /m);
      const all = await slipway({ source: base, platform: PLATFORM, revision: "" }).plan();
      expect(all).toMatch(/^platform\.yaml of commit [0-9a-f]{40}: 3 of 3 images and charts$/m);
    });
  });

  it("refuses a revision that the history does not hold, and a source without one", async () => {
    await inEngine(async () => {
      const base = await committed(platformSource());
      const plan = (source: Directory, since: string) =>
        slipway({ source, platform: PLATFORM, revision: "" }).plan(since);
      await expect(plan(base, "v9.9.9")).rejects.toThrow(/^\[config\] --since v9\.9\.9: the history does not hold it/);
      await expect(plan(base, "--all")).rejects.toThrow(/^\[config\] --since --all: the history does not hold it/);
      await expect(plan(platformSource(), "main")).rejects.toThrow(
        /^\[config\] --since main: the source comes without/,
      );
    });
  });
});

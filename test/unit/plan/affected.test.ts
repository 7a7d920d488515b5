import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import { type Affected, affectedBy, type Change } from "../../../src/plan/affected.ts";
import { imageInputs, linkedFolders } from "../../../src/plan/image-inputs.ts";
import { parseImageLock } from "../../../src/platform/image-lock.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const PLATFORM = `systems:
  shop:
    source: app
    images:
      api: { dockerfile: Dockerfile.api, bases: { BASE: static } }
      site: { dockerfile: Dockerfile.site, bases: { BASE: nginx }, maxCompressedMiB: 5 }
    charts:
      shop:
        path: charts/shop
        images: { api: api.image }
        environments: { dev: [dev.yaml] }
        config: { registry: config/shop.yaml }
validation:
  kubernetes: [1.36.0]
  exceptions: exceptions.yaml
`;
const TEXTS = new Map([
  ["Dockerfile.api", "ARG BASE\nFROM $BASE\nARG SOURCE\nCOPY ${SOURCE}/api /\n"],
  ["Dockerfile.site", "ARG BASE\nFROM $BASE\nCOPY site/*.html /\n"],
  [".dockerignore", "**/*.md\n"],
]);
const digest = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const LOCK = ["golang", "helm", "static", "nginx"]
  .map((name) => `${name}: { reference: "registry.example.com/${name}:1@${digest(name)}", reason: A test. }`)
  .join("\n");
const other = (name: string) => LOCK.replace(digest(name), digest(`another ${name}`));

type Planted = {
  readonly changed?: readonly string[];
  readonly before?: string;
  readonly after?: string;
  readonly lockBefore?: string;
  readonly links?: ReadonlyMap<string, string>;
};

function affected({ changed = [], before = PLATFORM, after = PLATFORM, lockBefore = LOCK, links }: Planted): Affected {
  const platform = parsePlatform(after, "platform.yaml");
  const snapshot = (text: string, lock: string) => ({
    platform: parsePlatform(text, "platform.yaml"),
    lock: parseImageLock(lock, "lock.yaml"),
  });
  const change: Change = {
    before: before === "" ? undefined : snapshot(before, lockBefore),
    after: snapshot(after, LOCK),
    ...{ changed, platformPath: "platform.yaml", isModule: (path) => path === "src/index.ts" },
    images: platform.images.map((spec) => imageInputs(spec, TEXTS, links ?? new Map())),
    charts: [{ chart: "shop", folders: linkedFolders(["charts/common", "charts/shop"], links ?? new Map()) }],
  };
  return affectedBy(change);
}

/** What is affected, in one line each. */
function lines(planted: Planted): string[] {
  const { images, charts } = affected(planted);
  return [...images, ...charts].flatMap(({ name, content, checks }) => [
    ...content.map((reason) => `${name}: ${reason}`),
    ...checks.map((reason) => `${name} is checked: ${reason}`),
  ]);
}

describe("affectedBy", () => {
  it("finds nothing where nothing changed, or what nothing is made of", () => {
    expect(lines({})).toEqual([]);
    const changed = ["README.md", "app/other/x", "app/api/notes.md", "site/deep/x.html", "charts/other/Chart.yaml"];
    expect(lines({ changed })).toEqual([]);
    expect(affected({ changed }).unused).toEqual(changed);
  });

  it.each<Planted & { title: string; expected: string[] }>([
    {
      title: "a file that is copied",
      changed: ["app/api/main.go"],
      expected: ["api: app/api/main.go is copied", "shop: it pins the image api"],
    },
    { title: "a file that a pattern takes", changed: ["site/a.html"], expected: ["site: site/a.html is copied"] },
    {
      title: "a Dockerfile",
      changed: ["Dockerfile.site"],
      expected: ["site: Dockerfile.site says how it is built"],
    },
    {
      title: "what keeps files out",
      changed: [".dockerignore", "Dockerfile.api.dockerignore"],
      expected: [
        "api: .dockerignore says how it is built",
        "api: Dockerfile.api.dockerignore says how it is built",
        "site: .dockerignore says how it is built",
        "shop: it pins the image api",
      ],
    },
    {
      title: "a chart, and one that it depends on",
      changed: ["charts/shop/values.yaml", "charts/common/templates/_a.tpl"],
      expected: ["shop: charts/shop/values.yaml is part of it", "shop: charts/common/templates/_a.tpl is part of it"],
    },
    {
      title: "what a chart is checked with",
      changed: ["config/shop.yaml", "exceptions.yaml"],
      expected: [
        "shop is checked: config/shop.yaml is what it is checked with",
        "shop is checked: exceptions.yaml is what it is checked with",
      ],
    },
    {
      title: "the module",
      changed: ["src/index.ts"],
      expected: [
        ...["api: the module itself: src/index.ts", "site: the module itself: src/index.ts"],
        ...["shop: the module itself: src/index.ts", "shop: it pins the image api"],
      ],
    },
    {
      title: "a link that leads into what is copied",
      links: new Map([["app/api", "../shared/api"]]),
      changed: ["shared/api/main.go"],
      expected: ["api: shared/api/main.go is copied", "shop: it pins the image api"],
    },
    {
      title: "what a link in a chart leads to",
      links: new Map([["charts/shop/files", "../../shared/files"]]),
      changed: ["shared/files/a"],
      expected: ["shop: shared/files/a is part of it"],
    },
    {
      title: "a folder that was replaced by something else",
      changed: ["app"],
      expected: ["api: app is copied", "shop: it pins the image api"],
    },
    {
      title: "an argument of an image",
      before: PLATFORM.replace("{ BASE: static }", "{ BASE: static }, args: { A: x }"),
      changed: ["platform.yaml"],
      expected: ["api: platform.yaml: its args", "shop: it pins the image api"],
    },
    {
      title: "another base of an image",
      before: PLATFORM.replace("BASE: nginx", "BASE: static"),
      changed: ["platform.yaml"],
      expected: ["site: platform.yaml: its bases"],
    },
    {
      title: "the budget of an image",
      before: PLATFORM.replace("maxCompressedMiB: 5", "maxCompressedMiB: 6"),
      changed: ["platform.yaml"],
      expected: ["site is checked: platform.yaml: its maxCompressedMiB"],
    },
    {
      title: "the overlays of a chart",
      before: PLATFORM.replace("dev: [dev.yaml]", "dev: [dev.yaml, more.yaml]"),
      changed: ["platform.yaml"],
      expected: ["shop is checked: platform.yaml: its environments"],
    },
    {
      title: "the value that a chart pins an image with",
      before: PLATFORM.replace("api: api.image", "api: image"),
      changed: ["platform.yaml"],
      expected: ["shop: platform.yaml: its images"],
    },
    {
      title: "the versions that charts are validated for",
      before: PLATFORM.replace("1.36.0", "1.35.0"),
      changed: ["platform.yaml"],
      expected: ["shop is checked: platform.yaml: validation"],
    },
    {
      title: "an image that is new",
      before: PLATFORM.replace(/ {6}site: .*\n/, ""),
      changed: ["platform.yaml"],
      expected: ["site: platform.yaml: it is new"],
    },
    {
      title: "a base in the lock",
      lockBefore: other("nginx"),
      expected: ["site: the image lock: nginx"],
    },
    {
      title: "a base that the lock did not have",
      lockBefore: LOCK.replace(/^static.*\n/m, ""),
      expected: ["api: the image lock: static", "shop: it pins the image api"],
    },
    {
      title: "a tool that everything goes through",
      lockBefore: other("golang"),
      expected: [
        ...["api: the image lock: golang", "site: the image lock: golang"],
        ...["shop: the image lock: golang", "shop: it pins the image api"],
      ],
    },
    {
      title: "a platform file that could not be read then",
      before: "",
      expected: [
        ...["api: platform.yaml could not be read as it was", "site: platform.yaml could not be read as it was"],
        ...["shop: platform.yaml could not be read as it was", "shop: it pins the image api"],
      ],
    },
  ])("finds $title", ({ expected, ...planted }) => {
    expect(lines(planted).sort()).toEqual([...expected].sort());
  });

  it("names what is gone from the platform file", () => {
    const before = PLATFORM.replace("      site:", "      old: { dockerfile: Dockerfile.old, bases: {} }\n      site:");
    expect(affected({ before }).gone).toEqual(["old"]);
  });
});

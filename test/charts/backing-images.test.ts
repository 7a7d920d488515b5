/** Charts repeat outside images of the lock in their values, where a user can replace them; here the two are held equal. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { type ImageLock, lookupImage, parseImageLock } from "../../src/platform/image-lock.ts";
import { parseImageReference } from "../../src/platform/image-reference.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const LOCK = parseImageLock(readFileSync(path.join(ROOT, "deploy/images.lock.yaml"), "utf8"), "images.lock.yaml");
/** An image that says where it lies. Those of the platform itself leave the registry to global.imageRegistry. */
const outside = z.looseObject({
  registry: z.string().min(1),
  repository: z.string(),
  tag: z.string().optional(),
  digest: z.string().optional(),
});

/** Lists the outside images of a chart's values that are not exactly one of the lock's, each with its path. */
function strayImages(values: unknown, lock: ImageLock, at = "values"): string[] {
  const map = z.record(z.string(), z.unknown()).safeParse(values);
  if (!map.success) return [];
  const image = outside.safeParse(values);
  const locked = Object.values(lock).map(({ reference }) => JSON.stringify(parts(parseImageReference(reference))));
  const isStray = image.success && !locked.includes(JSON.stringify(parts(image.data)));
  return [
    ...(isStray ? [`${at}: ${image.data.registry}/${image.data.repository} is not what the image lock pins`] : []),
    ...Object.entries(map.data).flatMap(([key, value]) => strayImages(value, lock, `${at}.${key}`)),
  ];
}

function parts({ registry, repository, tag, digest }: z.infer<typeof outside>) {
  return [registry, repository, tag, digest];
}

function valuesFiles(): string[] {
  const files = readdirSync(path.join(ROOT, "charts"), { recursive: true, encoding: "utf8" });
  return files.filter((file) => /(?:^|\/)values[^/]*\.yaml$/.test(file)).sort();
}

describe("the values of the charts", () => {
  it.each([
    { chart: "postgresql", image: "postgres" },
    { chart: "dragonfly", image: "dragonfly" },
    { chart: "qdrant", image: "qdrant" },
    { chart: "nats", image: "nats" },
    { chart: "redis", image: "redis" },
  ])("X-19: name for $chart the image $image of the lock", ({ chart, image }) => {
    const file = path.join(ROOT, "charts/backing", chart, "values.yaml");
    const given = z.looseObject({ image: outside }).parse(parse(readFileSync(file, "utf8"))).image;
    expect(parts(given)).toEqual(parts(parseImageReference(lookupImage(LOCK, image).reference)));
  });

  it("S-14, X-19: name no outside image that the lock does not pin just so", () => {
    const files = valuesFiles();
    expect(files).toContain("backing/nats/values.yaml");
    const stray = files.flatMap((file) => {
      return strayImages(parse(readFileSync(path.join(ROOT, "charts", file), "utf8")), LOCK, file);
    });
    expect(stray).toEqual([]);
  });
});

describe("strayImages", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const lock = { redis: { reference: `registry.example.com/library/redis:8@${digest}`, reason: "planted" } };
  const locked = { registry: "registry.example.com", repository: "library/redis", tag: "8", digest };

  it.each([
    { changed: {}, stray: [] },
    { changed: { registry: "" }, stray: [] },
    {
      changed: { tag: "7" },
      stray: ["values.cache.image: registry.example.com/library/redis is not what the image lock pins"],
    },
    {
      changed: { digest: "" },
      stray: ["values.cache.image: registry.example.com/library/redis is not what the image lock pins"],
    },
    {
      changed: { repository: "redis" },
      stray: ["values.cache.image: registry.example.com/redis is not what the image lock pins"],
    },
  ])("finds $stray.length with $changed", ({ changed, stray }) => {
    expect(strayImages({ cache: { image: { ...locked, ...changed } }, other: [1] }, lock)).toEqual(stray);
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { formatImageSizes, parseImageSizes, sizeProblem } from "../../../src/images/image-sizes.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const DEPLOY = path.resolve(import.meta.dirname, "../../../deploy");

const MIB = 1_048_576;
const image = (compressedBytes: number) => ({ name: "api", compressedBytes, unpackedBytes: 0, digest: "sha256:0" });

describe("sizeProblem (Y-13)", () => {
  it.each([
    { title: "no budget and no baseline", bytes: 90 * MIB, budget: undefined, before: undefined },
    { title: "exactly the budget", bytes: 15 * MIB, budget: 15, before: undefined },
    { title: "growth by a tenth", bytes: 22 * MIB, budget: undefined, before: 20 * MIB },
    { title: "growth by 1 MiB of a small image", bytes: 3 * MIB, budget: undefined, before: 2 * MIB },
    { title: "shrinking", bytes: MIB, budget: undefined, before: 20 * MIB },
  ])("accepts $title", ({ bytes, budget, before }) => {
    expect(sizeProblem(image(bytes), budget, before === undefined ? undefined : [image(before)])).toBeUndefined();
  });

  it("refuses an image over its budget", () => {
    expect(sizeProblem(image(15 * MIB + 1), 15, undefined)).toBe(
      "is 15.0 MiB compressed, over its budget of 15 MiB (maxCompressedMiB)",
    );
  });

  it("refuses an image that grew past the tolerance", () => {
    expect(sizeProblem(image(22 * MIB + 1), undefined, [image(20 * MIB)])).toBe(
      "grew from 20.0 MiB to 22.0 MiB compressed, more than the tolerated 22.0 MiB; shrink it or commit the new image-sizes.json",
    );
  });

  it("refuses an image that the baseline does not know", () => {
    expect(sizeProblem(image(1), undefined, [])).toMatch(/no entry in the baseline/);
  });
});

describe("image-sizes.json", () => {
  it("is sorted by name and read back as it was written", () => {
    const sizes = ["worker", "api"].map((name) => ({ ...image(5), name }));
    const text = formatImageSizes(sizes);
    expect(parseImageSizes(text, "image-sizes.json").map((size) => size.name)).toEqual(["api", "worker"]);
    expect(formatImageSizes([...sizes].reverse())).toBe(text);
  });

  it.each(["{", "[]", `{"images":[{"name":"api"}]}`, `{"images":[],"more":1}`])("is refused as %j", (text) => {
    expect(() => parseImageSizes(text, "deploy/image-sizes.json")).toThrow(
      /^\[config\] deploy\/image-sizes\.json is not a list of image sizes/,
    );
  });
});

describe("deploy/image-sizes.json", () => {
  /** The most that each image of the platform may take, in MB, which are smaller than MiB. */
  const WANTED_MB = {
    ...{ admin: 15, api: 15, backend: 75, cli: 70, "embed-worker": 15, "graph-worker": 15, migrate: 10 },
    ...{ server: 70, ui: 12, web: 15, worker: 15 },
  };
  const images = parsePlatform(readFileSync(path.join(DEPLOY, "platform.yaml"), "utf8"), "platform.yaml")
    .systems.flatMap((system) => system.images)
    .map(({ name, maxCompressedMiB = Infinity }) => ({ name, budget: maxCompressedMiB }));

  it("is about images whose budgets are no larger than what is wanted", () => {
    const loose = Object.entries(WANTED_MB).filter(([name, megabytes]) => {
      const budget = images.find((each) => each.name === name)?.budget ?? Infinity;
      return budget * MIB > megabytes * 1_000_000;
    });
    expect(images.map(({ name }) => name).sort()).toEqual(Object.keys(WANTED_MB).sort());
    expect(loose).toEqual([]);
  });

  it("fits all of these budgets", () => {
    const baseline = parseImageSizes(readFileSync(path.join(DEPLOY, "image-sizes.json"), "utf8"), "image-sizes.json");
    const problems = baseline.map((size) =>
      sizeProblem(size, images.find(({ name }) => name === size.name)?.budget, baseline),
    );
    expect(problems).toEqual(images.map(() => undefined));
  });
});

import { describe, expect, it } from "vitest";

import { formatImageSizes, parseImageSizes, sizeProblem } from "../../../src/images/image-sizes.ts";

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

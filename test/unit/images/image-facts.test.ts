import { describe, expect, it } from "vitest";

import { parseImageFacts } from "../../../src/images/image-facts.ts";

const [IMAGE, FIRST, SECOND] = ["a", "b", "c"].map((letter) => `sha256:${letter.repeat(64)}`);

describe("parseImageFacts", () => {
  it("reads identifier, digest and layers and adds the layers up", () => {
    const output = `made 42\ndigest ${IMAGE ?? ""}\nlayer ${FIRST ?? ""} 10 30\nlayer ${SECOND ?? ""} 5 7\n`;
    expect(parseImageFacts(output)).toEqual({
      digest: IMAGE,
      compressedBytes: 15,
      unpackedBytes: 37,
      layers: [
        { digest: FIRST, compressedBytes: 10, unpackedBytes: 30 },
        { digest: SECOND, compressedBytes: 5, unpackedBytes: 7 },
      ],
      made: "42",
    });
  });

  it.each([
    ["a layer without sizes", `made 1\ndigest ${IMAGE ?? ""}\nlayer ${FIRST ?? ""}`],
    ["a size that is no number", `made 1\ndigest ${IMAGE ?? ""}\nlayer ${FIRST ?? ""} ten 30`],
    ["a digest that is none", "made 1\ndigest sha256:12"],
    ["no digest", "made 1"],
    ["no identifier", `digest ${IMAGE ?? ""}`],
    ["nothing", ""],
  ])("refuses %s", (_, output) => {
    expect(() => parseImageFacts(output)).toThrow();
  });
});

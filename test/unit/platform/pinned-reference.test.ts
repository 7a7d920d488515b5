import { describe, expect, it } from "vitest";

import { pinMistakes } from "../../../src/platform/pinned-reference.ts";

const DIGITS = "3889b425f035be855a72fb4755265311293b6d414521f0a519d819df32222d83";
const NAME = "docker.io/library/golang";

describe("pinMistakes", () => {
  it.each([`${NAME}:1.26.6-alpine@sha256:${DIGITS}`, `127.0.0.1:5000/golang:1@sha256:${DIGITS}`])(
    "S-14: has nothing to say of %s",
    (text) => {
      expect(pinMistakes(text)).toEqual([]);
    },
  );

  it.each([
    { text: `golang:1@sha256:${DIGITS}`, allowed: ["a reference that names its registry"] },
    { text: `${NAME}@sha256:${DIGITS}`, allowed: ["a tag beside the digest, for the people who read it"] },
    {
      text: `${NAME}:latest@sha256:${DIGITS}`,
      allowed: ["any tag but latest, which says nothing about what it is"],
    },
    { text: `${NAME}:1`, allowed: ["a digest, since a tag can be moved to another image"] },
    {
      text: "golang",
      allowed: [
        "a reference that names its registry",
        "a tag beside the digest, for the people who read it",
        "a digest, since a tag can be moved to another image",
      ],
    },
    { text: "not a reference", allowed: ["registry/repository:tag@sha256:<64 hexadecimal digits>"] },
  ])("S-14, X-19: refuses $text", ({ text, allowed }) => {
    expect(pinMistakes(text).map((mistake) => mistake.allowed)).toEqual(allowed);
  });

  it.each([
    ["one digit", "0".repeat(64)],
    ["a pattern of two", "ab".repeat(32)],
    ["a counting pattern", "0123456789abcdef".repeat(4)],
    ["few digits", `${"1".repeat(40)}${"2".repeat(20)}dead`],
    ["the digest of nothing", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ])("S-14: refuses a digest that was made up: %s", (_, digits) => {
    expect(pinMistakes(`${NAME}:1@sha256:${digits}`)).toEqual([
      {
        allowed: "the digest of a published image; this one was made up",
        next: "write the digest that docker buildx imagetools inspect prints for the tag",
      },
    ]);
  });

  it("writes the reference out for who left the registry away", () => {
    expect(pinMistakes(`alpine/helm:3@sha256:${DIGITS}`)[0]?.next).toBe(
      "write docker.io/alpine/helm:3@sha256:3889b425f035...",
    );
  });
});

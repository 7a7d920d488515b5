import { describe, expect, it } from "vitest";

import {
  readReleaseFile,
  type ReleasedChart,
  runsRelease,
  writeReleaseFile,
} from "../../../src/promote/release-file.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const FILE = "deploy/releases/staging/shop.yaml";
const RELEASE: ReleasedChart = {
  ...{ revision: "c".repeat(40), version: "1.2.3", digest: digest("d") },
  images: {
    "api.image": { registry: "registry.example.com/shop", repository: "shop-api", digest: digest("a") },
    image: { registry: "registry.example.com/shop", repository: "shop", digest: digest("b") },
  },
};

describe("writeReleaseFile", () => {
  it("writes a release below the comment of a file that says nothing yet", () => {
    expect(writeReleaseFile("# What runs in staging.\n", FILE, RELEASE)).toMatchInlineSnapshot(`
      "# What runs in staging.

      api:
        image:
          registry: registry.example.com/shop
          repository: shop-api
          digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      image:
        registry: registry.example.com/shop
        repository: shop
        digest: sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      global:
        release:
          revision: cccccccccccccccccccccccccccccccccccccccc
          chart:
            version: 1.2.3
            digest: sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      "
    `);
  });

  it("keeps comments, blank lines and values that are none of a release, and gives the same text for the same release", () => {
    const first = writeReleaseFile("# What runs in staging.\n", FILE, RELEASE);
    expect(writeReleaseFile(first, FILE, RELEASE)).toBe(first);
    const kept = first
      .replace("  image:\n", "  # Asked for by the shop.\n  replicas: 3\n\n  image:\n")
      .replace(digest("b"), `${digest("b")} # the site`);
    const next = { ...RELEASE, images: { ...RELEASE.images, image: { ...image(), digest: digest("e") } } };
    expect(writeReleaseFile(kept, FILE, next)).toBe(kept.replace(digest("b"), digest("e")));
  });

  it("takes away an image that the chart no longer has, with the maps around it that hold nothing else", () => {
    const first = writeReleaseFile("", FILE, RELEASE);
    const next = { ...RELEASE, images: { image: image() } };
    expect(readReleaseFile(writeReleaseFile(first, FILE, next), FILE).images).toEqual({ image: digest("b") });
    expect(writeReleaseFile(first, FILE, next)).not.toContain("api");
    const beside = first.replace("api:\n", "api:\n  replicas: 2\n");
    expect(writeReleaseFile(beside, FILE, next)).toContain("api:\n  replicas: 2\n");
  });

  it.each([
    { text: "a: 1\nb: [\n", says: /^\[config\] deploy\/releases\/staging\/shop\.yaml:\d: / },
    { text: "- a\n", says: /^\[config\] deploy\/releases\/staging\/shop\.yaml:1: is no map of values/ },
  ])("refuses $text", ({ text, says }) => {
    expect(() => writeReleaseFile(text, FILE, RELEASE)).toThrow(says);
    expect(() => readReleaseFile(text, FILE)).toThrow(says);
  });
});

describe("runsRelease", () => {
  const current = () => readReleaseFile(writeReleaseFile("", FILE, RELEASE), FILE);

  it("is true for exactly this release", () => {
    expect(current()).toEqual({
      ...{ revision: "c".repeat(40), version: "1.2.3", digest: digest("d") },
      images: { "api.image": digest("a"), image: digest("b") },
    });
    expect(runsRelease(current(), RELEASE)).toBe(true);
  });

  it.each([
    { title: "another chart", change: { digest: digest("e") } },
    { title: "another image", change: { images: { ...RELEASE.images, image: { ...image(), digest: digest("e") } } } },
    { title: "an image more", change: { images: { ...RELEASE.images, "ui.image": image() } } },
    { title: "an image less", change: { images: { image: image() } } },
  ])("is false for $title", ({ change }) => {
    expect(runsRelease(current(), { ...RELEASE, ...change })).toBe(false);
  });

  it("is false where nothing runs", () => {
    expect(runsRelease(readReleaseFile("# nothing\n", FILE), RELEASE)).toBe(false);
  });
});

function image() {
  return { registry: "registry.example.com/shop", repository: "shop", digest: digest("b") };
}

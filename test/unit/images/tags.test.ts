import { describe, expect, it } from "vitest";

import { decideTag, imageTags, TagRefusedError } from "../../../src/images/tags.ts";

const COMMIT = "9f3c".repeat(10);
const OWN = `sha-${COMMIT}`;

function names(ref: string | undefined, aliases: readonly string[] = [], branch = "main"): string[] {
  return imageTags(COMMIT, ref, aliases, branch).map((tag) => tag.name);
}

describe("imageTags (Y-17)", () => {
  it.each([
    { ref: undefined, expected: [OWN] },
    { ref: "", expected: [OWN] },
    { ref: "refs/heads/main", expected: [OWN, "edge"] },
    { ref: "main", expected: [OWN, "edge"] },
    { ref: "refs/heads/feature/x", expected: [OWN] },
    { ref: "refs/heads/v1", expected: [OWN] },
    { ref: "refs/tags/v1.2.3", expected: [OWN, "1.2.3"] },
    { ref: "v1.2.3-rc.1", expected: [OWN, "1.2.3-rc.1"] },
    { ref: "refs/tags/nightly", expected: [OWN] },
  ])("tags a build of $ref as $expected", ({ ref, expected }) => {
    expect(names(ref)).toEqual(expected);
  });

  it("tags the default branch that the caller names", () => {
    expect(names("refs/heads/trunk", [], "trunk")).toEqual([OWN, "edge"]);
  });

  it("adds aliases once and without the v of a version", () => {
    expect(names("refs/tags/v1.2.3", ["v1.2.3", "stable", "stable"])).toEqual([OWN, "1.2.3", "stable"]);
  });

  it("lets aliases move, and neither the commit's tag nor a version", () => {
    expect(imageTags(COMMIT, "refs/heads/main", ["1.2.3"])).toEqual([
      { name: OWN, moves: false },
      { name: "edge", moves: true },
      { name: "1.2.3", moves: false },
    ]);
  });

  it("refuses latest (Y-18)", () => {
    expect(() => names(undefined, ["latest"])).toThrowErrorMatchingInlineSnapshot(`
      [TagRefusedError: [config] the tag "latest" says nothing of what it holds, so it is never published (Y-18)
      Next: leave it out; deploy by digest, or use edge or a version]
    `);
  });

  it.each(["", "a b", "-x", ".x", "x".repeat(129), "1.2.3+build", "a/b", "a:b"])("refuses %j as a tag", (alias) => {
    expect(() => names(undefined, [alias])).toThrow(TagRefusedError);
  });

  it("refuses an alias that would pass for another commit", () => {
    expect(() => names(undefined, ["sha-1234567"])).toThrow(/looks like the tag of a commit/);
  });

  it.each(["unknown", "9f3c", COMMIT.toUpperCase(), `${COMMIT}0`])("refuses to publish revision %j", (revision) => {
    expect(() => imageTags(revision, undefined, [])).toThrow(/\[config\] images are published under the commit/);
  });
});

describe("decideTag (Y-18)", () => {
  const fixed = { name: OWN, moves: false };
  const alias = { name: "edge", moves: true };
  const [here, other] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];

  it.each([
    { tag: fixed, existing: undefined, kind: "set" },
    { tag: fixed, existing: here, kind: "keep" },
    { tag: fixed, existing: other, kind: "refuse" },
    { tag: alias, existing: undefined, kind: "set" },
    { tag: alias, existing: here, kind: "keep" },
    { tag: alias, existing: other, kind: "set" },
  ])("$kind: $tag.name while the registry has $existing", ({ tag, existing, kind }) => {
    expect(decideTag(tag, here, existing).kind).toBe(kind);
  });

  it("names both digests when it refuses", () => {
    expect(decideTag(fixed, here, other)).toEqual({
      kind: "refuse",
      reason: `has ${other} already, and this build is ${here}`,
    });
  });
});

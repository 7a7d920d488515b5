import { describe, expect, it } from "vitest";

import { isPattern, matchesGlob, normalRepository } from "../../../src/gitops/pattern.ts";

describe("matchesGlob", () => {
  it.each([
    ["*", "anything at all", "", true],
    ["shop-*", "shop-dev", "", true],
    ["shop-*", "market", "", false],
    ["shop-?", "shop-12", "", false],
    ["{dev,prod}", "prod", "", true],
    ["{dev,prod}", "staging", "", false],
    ["[ab]c", "bc", "", true],
    ["[!ab]c", "bc", "", false],
    ["https://git.example.com/*", "https://git.example.com/a", "/", true],
    ["https://git.example.com/*", "https://git.example.com/a/b", "/", false],
    ["https://git.example.com/**", "https://git.example.com/a/b", "/", true],
    ["a.c", "abc", "", false],
    ["a,b", "a,b", "", true],
    ["", "", "", true],
  ])("matches %s with %s (separator %j): %s", (pattern, text, separator, expected) => {
    expect(matchesGlob(pattern, text, separator)).toBe(expected);
  });
});

describe("isPattern", () => {
  it.each([
    ["apps", false],
    ["apps-*", true],
    ["!apps", true],
    ["{a,b}", true],
  ])("tells of %s: %s", (text, expected) => {
    expect(isPattern(text)).toBe(expected);
  });
});

describe("normalRepository", () => {
  it("takes addresses of one repository for the same", () => {
    const forms = ["https://Git.example.com/a/b.git", "https://git.example.com/a/b/", " https://git.example.com/a/b"];
    expect(new Set(forms.map(normalRepository))).toEqual(new Set(["https://git.example.com/a/b"]));
  });
});

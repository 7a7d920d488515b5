import { readFileSync } from "node:fs";
import path from "node:path";

import ignore from "@balena/dockerignore";
import { describe, expect, it } from "vitest";

import { readIgnoreFile } from "../../../src/plan/ignore-file.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const PATHS = [
  ...["a", "a.txt", "b/a", "b/a.txt", "b/c/a.txt", "b/c/d/e", "c/b/a", "deep/er/still/a.log", ".env", "b/.env.local"],
  ...[
    "a-b",
    "a+b",
    "b/[x]",
    "b/x",
    "b/c",
    "b.c/d",
    "docker/reference/x/main_test.go",
    "docker/Dockerfile.api",
    "tls.key",
  ],
];

describe("readIgnoreFile", () => {
  it.each([
    ["*"],
    ["*", "!b"],
    ["*", "!b", "b/c"],
    ["*", "!b/c/**"],
    ["**/a"],
    ["**/*.txt", "!b/c/a.txt"],
    ["b/*", "!b/a.txt"],
    ["/b/", "  !b/a  "],
    ["b/./c/../c"],
    ["# a comment", "", "a"],
    ["?"],
    ["b/**/e"],
    ["**"],
    ["b/[xy]"],
    [".env*", "**/.env*"],
    ["deep/**"],
  ])("decides as Docker does for %j", (...patterns) => {
    const isIgnored = readIgnoreFile(patterns.join("\n"));
    const judge = ignore().add(patterns.filter((line) => line !== "" && !line.startsWith("#")));
    expect(PATHS.filter(isIgnored)).toEqual(PATHS.filter((file) => judge.ignores(file)));
  });

  it("decides for this repository's own file as Docker does", () => {
    const text = readFileSync(path.join(ROOT, ".dockerignore"), "utf8");
    const judge = ignore().add(text.split("\n").filter((line) => line !== "" && !line.startsWith("#")));
    expect(PATHS.filter(readIgnoreFile(text))).toEqual(PATHS.filter((file) => judge.ignores(file)));
  });

  it("takes every character that is none of a pattern's for itself", () => {
    const isIgnored = readIgnoreFile("a+b\na-b\nb.c\n(x)\n");
    expect(["a+b", "aab", "a-b", "b.c/d", "bxc/d", "(x)", "x"].filter(isIgnored)).toEqual([
      "a+b",
      "a-b",
      "b.c/d",
      "(x)",
    ]);
  });

  it("keeps nothing out where there is no file or a pattern that is none", () => {
    expect(PATHS.filter(readIgnoreFile(undefined))).toEqual([]);
    expect(PATHS.filter(readIgnoreFile("[z-a]"))).toEqual([]);
  });
});

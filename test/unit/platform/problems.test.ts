import { describe, expect, it } from "vitest";

import { describeProblems, describeValue, formatPath } from "../../../src/platform/problems.ts";

describe("describeProblems", () => {
  const problem = (line: number, column: number, key: string) => {
    return { path: [key], position: { line, column }, found: "x", allowed: "y", next: "z" };
  };

  it("orders problems by where they stand", () => {
    const text = describeProblems("f", [problem(10, 1, "c"), problem(2, 8, "b"), problem(2, 1, "a")]);
    expect(text.split("\n").filter((line) => line.startsWith("f:"))).toEqual(["f:2:1 a", "f:2:8 b", "f:10:1 c"]);
  });

  it("counts what would be too long to read", () => {
    const problems = Array.from({ length: 60 }, (_, index) => problem(index + 1, 1, "a"));
    const lines = describeProblems("f", problems).split("\n");
    expect([lines[0], lines.at(-1), lines.length]).toEqual(["f has 60 mistakes", "... and 10 more", 202]);
  });
});

describe("formatPath", () => {
  it.each([
    { path: ["systems", "a-b", "list", 0], expected: "systems.a-b.list.0" },
    { path: ["python-3.11", "with space", ""], expected: '"python-3.11"."with space".""' },
    { path: [], expected: "" },
  ])("writes $expected", ({ path, expected }) => {
    expect(formatPath(path)).toBe(expected);
  });
});

describe("describeValue", () => {
  it.each([
    { value: undefined, expected: "nothing" },
    { value: null, expected: "nothing" },
    { value: "", expected: '"" (string)' },
    { value: "a\nb", expected: '"a\\nb" (string)' },
    { value: 0, expected: "0 (number)" },
    { value: false, expected: "false (boolean)" },
    { value: [], expected: "an empty list" },
    { value: [1, { a: 2 }], expected: "a list, [ 1, { a: 2 } ]" },
    { value: {}, expected: "an empty map" },
    { value: { a: 1, b: 2 }, expected: "a map with the keys a, b" },
    { value: "x".repeat(200), expected: `"${"x".repeat(159)}... (string)` },
  ])("says $expected", ({ value, expected }) => {
    expect(describeValue(value)).toBe(expected);
  });
});

/** Holds the messages of commits to the form that docs/contributing.md gives them. */
import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { ROOT } from "../../support/module-command.ts";

const SUBJECT = /^(?:build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(?:\([a-z0-9/._-]+\))?!?: \S/;
/** Some subjects before that day are longer, and what is published is not rewritten. */
const BOUND_SINCE = "2026-11-22T00:00:00Z";
const LONGEST_SUBJECT = 72;
const LONGEST_LINK = 1000;

type Commit = { readonly hash: string; readonly date: string; readonly message: string };

/** Every commit that the checkout has, but merges, whose messages git writes. */
const log = spawnSync("git", ["log", "--no-merges", "--format=%h%x00%cI%x00%B%x01"], { cwd: ROOT, encoding: "utf8" });
const commits = log.stdout.split("\u0001\n").flatMap((entry): Commit[] => {
  const [hash, date, message] = entry.split("\0");
  return hash === undefined || date === undefined || message === undefined ? [] : [{ hash, date, message }];
});

function problems({ date, message }: Commit): string[] {
  const [subject = "", second = ""] = message.split("\n");
  const isBound = Date.parse(date) >= Date.parse(BOUND_SINCE);
  return [
    ...(SUBJECT.test(subject) ? [] : ["its subject is not type(scope): what it does"]),
    ...(isBound && subject.length > LONGEST_SUBJECT ? [`its subject has ${subject.length} characters`] : []),
    ...(second === "" ? [] : ["there is no empty line below its subject"]),
    ...(message.includes("\\n") ? ["it has \\n instead of a new line"] : []),
    ...(message.split("\n").some((line) => line.length > LONGEST_LINK) ? ["it has a line without an end"] : []),
  ];
}

// A copy of the files alone has no history; CI has at least the commit that it is about.
describe.skipIf(commits.length === 0 && process.env.CI !== "true")("the messages of commits", () => {
  it("S-144: have a subject of the one form, and lines that end", () => {
    expect(log.stderr).toBe("");
    const found = commits.flatMap((commit) => problems(commit).map((problem) => `${commit.hash}: ${problem}`));
    expect(found).toEqual([]);
    expect(commits.length).toBeGreaterThan(0);
  });
});

describe("a message of a commit", () => {
  const date = "2026-11-22T08:00:00+01:00";
  const later = "2026-11-23T08:00:00+01:00";

  it.each([
    { message: "fix(charts/api): keep a zero\n\nIt was taken for nothing.\n", when: later, found: [] },
    { message: `test: ${"a".repeat(66)}\n`, when: later, found: [] },
    { message: `test: ${"a".repeat(67)}\n`, when: later, found: ["its subject has 73 characters"] },
    { message: `test: ${"a".repeat(67)}\n`, when: "2026-11-21T23:59:59Z", found: [] },
    { message: `test: ${"a".repeat(67)}\n`, when: date, found: ["its subject has 73 characters"] },
    { message: "Fixed it\n", when: later, found: ["its subject is not type(scope): what it does"] },
    { message: "fix: keep a zero\nIt was\n", when: later, found: ["there is no empty line below its subject"] },
    { message: "fix: keep a zero\\n\\nIt was\n", when: later, found: ["it has \\n instead of a new line"] },
  ])("S-144: is judged: $message", ({ message, when, found }) => {
    expect(problems({ hash: "0", date: when, message })).toEqual(found);
  });
});

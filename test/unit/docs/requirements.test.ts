/** Holds docs/requirements.md to the tests: each requirement has a test that names it, or a reason. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { ROOT } from "../../support/module-command.ts";
import {
  allRequirements,
  namedByTests,
  parseRequirements,
  requirementProblems,
  REQUIREMENTS_FILE,
  requirementsNamedBy,
} from "../../support/requirements.ts";

/** What no test can hold: how changes were landed, and what concerns other software. */
const WITHOUT_TEST = [
  ...["C-58", "S-101", "S-119", "S-134", "S-145", "S-156", "S-158", "S-159"],
  ...["O-S3", "O-S5", "O-S6"],
];
const TEXT = readFileSync(path.join(ROOT, REQUIREMENTS_FILE), "utf8");

describe(REQUIREMENTS_FILE, () => {
  const tests = namedByTests();
  const { entries, problems } = parseRequirements(TEXT);

  it("has an entry for every requirement, whose proof names it", () => {
    expect(problems).toEqual([]);
    expect(entries).toHaveLength(423);
    expect(requirementProblems(entries, tests)).toEqual([]);
  });

  it("stands in the order of the requirements, so that each is found", () => {
    expect(entries.map(({ id }) => id)).toEqual(allRequirements());
  });

  it("leaves few without a test", () => {
    const without = entries.filter(({ proofs, as }) => proofs.length + as.length === 0).map(({ id }) => id);
    // Whoever adds one says so here, too.
    expect(without).toEqual(WITHOUT_TEST);
  });

  it.each([
    { defect: "an entry less", from: /^- \*\*C-03.*\n/m, to: "", says: "C-03 has no entry" },
    {
      defect: "a proof that names something else",
      from: /(- \*\*C-03\*\* .*?: ).*/,
      to: "$1`test/unit/structure.test.ts`",
      says: "C-03: test/unit/structure.test.ts does not name it",
    },
    {
      defect: "a proof that is not there",
      from: /(- \*\*C-03\*\* .*?: ).*/,
      to: "$1`test/unit/nowhere.test.ts`",
      says: "C-03: test/unit/nowhere.test.ts is no test",
    },
    {
      defect: "a proof that is no test",
      from: /(- \*\*C-03\*\* .*?: ).*/,
      to: "$1`src/index.ts`",
      says: "C-03: src/index.ts is no test",
    },
    { defect: "an entry twice", from: /^(- \*\*C-03.*\n)/m, to: "$1$1", says: "C-03 is not wanted here" },
    {
      defect: "a reason for what is proven",
      from: /(- \*\*C-03\*\* .*?): .*/,
      to: "$1. Not proven by a test: this is about how a change is landed",
      says: /^C-03 is not proven, it says, and test\/.* name it$/,
    },
    {
      defect: "a proof by another one that has none",
      from: /(- \*\*C-03\*\* .*?): .*/,
      to: "$1: as S-159",
      says: "C-03: S-159 is not proven by a test itself",
    },
    {
      defect: "a reason that is none",
      from: /(- \*\*S-159\*\* .*?\. Not proven by a test: ).*/,
      to: "$1later",
      says: "S-159 says too little of why it is not proven",
    },
  ])("would be refused with $defect", ({ from, to, says }) => {
    const planted = TEXT.replace(from, to);
    expect(planted).not.toBe(TEXT);
    const found = requirementProblems(parseRequirements(planted).entries, tests);
    expect(found).toEqual([typeof says === "string" ? says : expect.stringMatching(says)]);
  });

  it("would be refused with an entry that is none, and with a test of what there is not", () => {
    expect(parseRequirements("- **C-03** no proof\n").problems).toEqual(["line 1 is no entry: - **C-03** no proof"]);
    const planted = new Map([...tests, ["test/unit/x.test.ts", new Set(["S-160"])]]);
    expect(requirementProblems(entries, planted)).toEqual(["test/unit/x.test.ts names S-160, which there is not"]);
  });
});

describe("requirementsNamedBy", () => {
  it.each([
    { file: "a.test.ts", text: 'it("C-01, S-100: builds", () => {', ids: ["C-01", "S-100"] },
    { file: "a.test.ts", text: '    "O-Y13: serves",', ids: ["O-Y13"] },
    { file: "a.test.ts", text: "  // Y-20: a function for each target.", ids: ["Y-20"] },
    { file: "a_test.yaml", text: "  - it: S-14 refuses", ids: ["S-14"] },
    {
      file: "a_test.py",
      text: "def test_s84_s89_s90_answers_405_and_404_over_the_wire():",
      ids: ["S-84", "S-89", "S-90"],
    },
    { file: "a.test.ts", text: '  "S-100": ["S-07"],', ids: [] },
    { file: "a.test.ts", text: '  expect(text).toBe("S-07");', ids: [] },
  ])("finds $ids in $text", ({ file, text, ids }) => {
    expect([...requirementsNamedBy(file, text)]).toEqual(ids);
  });
});

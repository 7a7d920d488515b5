import { describe, expect, it } from "vitest";

import { countCheck, countFiles, countTests, parseReport, summaryLine } from "../../../../embedded/cli/test-summary.ts";

function report(statuses: readonly string[], overrides: { success?: boolean; status?: string } = {}) {
  const assertionResults = statuses.map((status, index) => ({ fullName: `test ${index}`, status }));
  const failed = statuses.includes("failed");
  const testResults = [
    { name: "/a.test.ts", status: overrides.status ?? (failed ? "failed" : "passed"), assertionResults },
  ];
  return { success: overrides.success ?? !failed, testResults };
}

describe("countTests", () => {
  it.each([
    {
      what: "passes, failures and skips",
      given: report(["passed", "failed", "skipped", "todo", "passed"]),
      exitCode: 1,
      expected: { passed: 2, failed: ["unit: test 1"], skipped: ["unit: test 2", "unit: test 3"] },
    },
    {
      what: "a file that cannot be loaded",
      given: report([], { status: "failed", success: false }),
      exitCode: 1,
      expected: { passed: 0, failed: ["unit: /a.test.ts"], skipped: [] },
    },
    {
      what: "an error outside of the tests",
      given: report(["passed"], { success: false }),
      exitCode: 1,
      expected: { passed: 1, failed: ["unit: vitest failed outside of its tests (exit code 1)"], skipped: [] },
    },
    {
      what: "a bad end after a good report",
      given: report(["passed"]),
      exitCode: 1,
      expected: { passed: 1, failed: ["unit: vitest failed outside of its tests (exit code 1)"], skipped: [] },
    },
    {
      what: "a run that left no report",
      given: undefined,
      exitCode: 0,
      expected: { passed: 0, failed: ["unit: vitest left no report (exit code 0)"], skipped: [] },
    },
    {
      what: "a run without tests",
      given: report([]),
      exitCode: 0,
      expected: { passed: 0, failed: ["unit: no test was found"], skipped: [] },
    },
    {
      what: "a good run",
      given: report(["passed", "passed"]),
      exitCode: 0,
      expected: { passed: 2, failed: [], skipped: [] },
    },
    {
      what: "a failure with its cause, without the places in the code",
      given: {
        success: false,
        testResults: [
          {
            name: "/a.test.ts",
            status: "failed",
            assertionResults: [
              {
                fullName: "asks the api",
                status: "failed",
                failureMessages: ["Error: expected 200, got 503\n\n    at ask (/a.test.ts:3:9)\n    at /a.test.ts:9:1"],
              },
            ],
          },
          { name: "/b.test.ts", status: "failed", message: "SyntaxError: no", assertionResults: [] },
        ],
      },
      exitCode: 1,
      expected: {
        passed: 0,
        failed: [
          "unit: asks the api\n           Error: expected 200, got 503",
          "unit: /b.test.ts\n           SyntaxError: no",
        ],
        skipped: [],
      },
    },
  ])("counts $what", ({ given, exitCode, expected }) => {
    expect(countTests("unit", given, exitCode)).toEqual(expected);
  });
});

describe("parseReport", () => {
  it("gives what vitest wrote", () => {
    expect(parseReport(JSON.stringify(report(["passed"])))).toEqual(report(["passed"]));
  });

  it.each([
    ["nothing was written", ""],
    ["the report is cut off", JSON.stringify(report(["passed"])).slice(0, -5)],
    ["it says something else", '{"success":true}'],
  ])("gives nothing where %s", (_what, text) => {
    expect(parseReport(text)).toBeUndefined();
  });
});

describe("summaryLine", () => {
  it("S-80: adds the stages up and names skips only where there are some", () => {
    const counts = [
      countCheck("lint", 0),
      countCheck("types", 2),
      countTests("unit", report(["passed", "skipped"]), 0),
    ];
    expect(summaryLine(counts)).toBe("2 passed, 1 failed, 1 skipped");
    expect(summaryLine([countCheck("lint", 0)])).toBe("1 passed, 0 failed");
  });
});

describe("countFiles", () => {
  it("counts what a file's tests ended with", () => {
    const given = report(["passed", "skipped", "passed"]);
    const expected = { passed: 2, hasFailed: false, skipped: ["e2e: test 1"] };
    expect(countFiles("e2e", given, 0, "/")).toEqual(new Map([["a.test.ts", expected]]));
  });

  it.each([
    ["a test of it failed", report(["passed", "failed"])],
    ["it failed outside of its tests", report(["passed"], { status: "failed", success: false })],
  ])("says that a file has failed where %s", (_what, given) => {
    expect(countFiles("e2e", given, 1, "/").get("a.test.ts")?.hasFailed).toBe(true);
  });

  it.each([
    ["a run that failed outside of its files", report(["passed"], { success: false }), 1],
    ["a run that left no report", undefined, 0],
  ])("counts no file of %s", (_what, given, exitCode) => {
    expect(countFiles("e2e", given, exitCode, "/")).toEqual(new Map());
  });
});

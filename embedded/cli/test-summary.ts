/** Counts what the checks of a test run said. Pure; test-run.ts runs them. */

import path from "node:path";

import { z } from "zod";

/** Counts of one stage, with the names of what failed, with its cause where one is known, or was skipped. */
export type StageCount = {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** Test files among these that were not run, since they have passed with the same inputs. */
  readonly kept?: readonly string[];
};

/** How one test file ended. */
export type FileCount = { readonly passed: number; readonly hasFailed: boolean; readonly skipped: readonly string[] };

/** Of a cause, so much is shown in the list at the end; the whole stands further up. */
const CAUSE_LINES = 12;
const CAUSE_COLUMNS = 240;

/** What vitest calls tests that it did not run. */
const SKIPPED = ["skipped", "pending", "todo", "disabled"];

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).optional() }),
      ),
    }),
  ),
});

/** What vitest's JSON reporter says of a run. */
export type TestReport = z.infer<typeof reportSchema>;

/** Reads what the reporter wrote; undefined where it wrote nothing, or nothing that can be read. */
export function parseReport(text: string): TestReport | undefined {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Counts a check that is one thing: it passed or it did not. */
export function countCheck(name: string, exitCode: number): StageCount {
  return exitCode === 0 ? { passed: 1, failed: [], skipped: [] } : { passed: 0, failed: [name], skipped: [] };
}

/**
 * Counts the tests of a vitest run. A run that crashed, that has no report, that found no test or that failed outside of
 * its tests counts as one failure more, so that nothing is ever green by accident.
 *
 * @param stage Name of the stage.
 * @param report What vitest said of it; undefined: nothing.
 * @param exitCode How vitest ended.
 */
export function countTests(stage: string, report: TestReport | undefined, exitCode: number): StageCount {
  if (report === undefined) {
    return { passed: 0, failed: [`${stage}: vitest left no report (exit code ${exitCode})`], skipped: [] };
  }
  const { success, testResults } = report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (statuses: readonly string[]) =>
    tests
      .filter(({ status }) => statuses.includes(status))
      .map(({ fullName, failureMessages }) => `${stage}: ${fullName}${cause(failureMessages?.[0])}`);
  const passed = named(["passed"]).length;
  const skipped = named(SKIPPED);
  const brokenFiles = testResults
    .filter(({ status, assertionResults }) => status === "failed" && !hasFailure(assertionResults))
    .map(({ name, message }) => `${stage}: ${name}${cause(message)}`);
  const failed = [...named(["failed"]), ...brokenFiles];
  if (failed.length > 0) {
    return { passed, failed, skipped };
  }
  if (exitCode !== 0 || !success) {
    return { passed, failed: [`${stage}: vitest failed outside of its tests (exit code ${exitCode})`], skipped };
  }
  return tests.length === 0
    ? { passed, failed: [`${stage}: no test was found`], skipped }
    : { passed, failed, skipped };
}

/**
 * Counts each file of a vitest run by its path below a folder. No file counts where the run failed outside of its tests: then
 * nobody knows what the failure belongs to.
 */
export function countFiles(
  stage: string,
  report: TestReport | undefined,
  exitCode: number,
  root: string,
): Map<string, FileCount> {
  const results = report?.testResults ?? [];
  if (exitCode !== 0 && results.every(({ status }) => status === "passed")) return new Map();
  return new Map(
    results.map(({ name, status, assertionResults }) => {
      const of = (statuses: readonly string[]) => assertionResults.filter((test) => statuses.includes(test.status));
      const count = {
        passed: of(["passed"]).length,
        hasFailed: status !== "passed" || hasFailure(assertionResults),
        skipped: of(SKIPPED).map(({ fullName }) => `${stage}: ${fullName}`),
      };
      return [path.relative(root, name), count];
    }),
  );
}

/** The last line of a test run, for example `120 passed, 1 failed, 2 skipped`. */
export function summaryLine(counts: readonly StageCount[]): string {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.flatMap((count) => count.failed).length;
  const skipped = counts.flatMap((count) => count.skipped).length;
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

function hasFailure(results: readonly { readonly status: string }[]): boolean {
  return results.some(({ status }) => status === "failed");
}

/** The message of a failure without the places in the code, indented below the test's name. */
function cause(message = ""): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  return lines
    .slice(0, CAUSE_LINES)
    .map((line) => `\n           ${line.slice(0, CAUSE_COLUMNS)}`)
    .join("");
}

import { runReport, type RunFacts, type RunReport } from "../../../src/report/run-report.ts";
import type { CaseResult, StageResult } from "../../../src/report/stage.ts";

/** What a report says besides its stages. */
export const FACTS: RunFacts = {
  platform: "deploy/platform.yaml",
  systems: [],
  commit: "0123456789abcdef0123456789abcdef01234567",
  environment: "dev",
  seconds: 12.3456,
};

/** A case that failed in a line of a file. */
export const FAILED: CaseResult = {
  ...{ group: "shop dev", name: "charts/shop/values.yaml", outcome: "failed", seconds: 0.25 },
  text: `password: holds <"a" & 'b'>\nwritten out`,
  ...{ rule: "plain-secret", file: "charts/shop/values.yaml", line: 12, fix: "name a Secret" },
};

export const PASSED: CaseResult = { group: "images", name: "api", outcome: "passed", seconds: 1.5, text: "" };
export const SKIPPED: CaseResult = { group: "x", name: "y", outcome: "skipped", seconds: 0, text: "no image" };

/** A stage with these cases. */
export function stage(name: string, cases: readonly CaseResult[], changes: Partial<StageResult> = {}): StageResult {
  const outcome = cases.some((each) => each.outcome === "failed") ? "failed" : "passed";
  return { name, outcome, seconds: 2, cases, table: "", notes: [], ...changes };
}

export const GREEN: RunReport = runReport(FACTS, [
  stage("build", [PASSED], { table: "IMAGE\napi <1>", notes: ["a stand-in"] }),
  stage("validate", [SKIPPED]),
]);

export const RED: RunReport = runReport(FACTS, [
  stage("build", [PASSED]),
  stage("validate", [FAILED, SKIPPED]),
  stage("smoke test", [], { outcome: "not run", seconds: 0 }),
]);

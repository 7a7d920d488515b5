/** The report of a run as text for a terminal, and the error of a run that failed. */
import { PipelineError } from "./errors.ts";
import type { RunReport } from "./run-report.ts";
import type { CaseResult } from "./stage.ts";
import { renderTable } from "./table.ts";

/** A run has failed; the message is its report. */
export class RunFailedError extends PipelineError {
  override readonly name = "RunFailedError";
  constructor(readonly report: RunReport) {
    const red = report.stages.find(({ outcome }) => outcome === "failed");
    super(
      "gate",
      `${red?.name ?? "a stage"} failed\n\n${reportText(report)}\n`,
      "mend what is named above, then run again",
    );
  }
}

/** The cases that failed, each with its stage. */
export function failedCases(report: RunReport): { readonly stage: string; readonly found: CaseResult }[] {
  return report.stages.flatMap(({ name, cases }) =>
    cases.filter(({ outcome }) => outcome === "failed").map((found) => ({ stage: name, found })),
  );
}

/** Every failure in a few lines, the table of the last stage that has one where all is well, and the table of stages. */
export function reportText(report: RunReport): string {
  const failures = failedCases(report).map(({ found }) => describeCase(found));
  const notes = [...new Set(report.stages.flatMap((stage) => stage.notes))].map((note) => `note: ${note}`);
  return [...failures.map((each) => `${each}\n`), stageTable(report), ...(notes.length > 0 ? ["", ...notes] : [])].join(
    "\n",
  );
}

/** One row per stage: its outcome, its seconds, and how many cases passed, failed and were skipped. */
export function stageTable({ stages, outcome, seconds }: RunReport): string {
  const count = (cases: readonly CaseResult[], wanted: string) =>
    String(cases.filter((each) => each.outcome === wanted).length);
  const all = stages.flatMap(({ cases }) => cases);
  const row = (name: string, state: string, took: number, cases: readonly CaseResult[]) => [
    ...[name, state, took.toFixed(1)],
    ...["passed", "failed", "skipped"].map((each) => count(cases, each)),
  ];
  return renderTable(
    [
      { heading: "STAGE" },
      { heading: "OUTCOME" },
      { heading: "SECONDS", numeric: true },
      { heading: "PASSED", numeric: true },
      { heading: "FAILED", numeric: true },
      { heading: "SKIPPED", numeric: true },
    ],
    [
      ...stages.map((stage) => row(stage.name, stage.outcome, stage.seconds, stage.cases)),
      row("(all)", outcome, seconds, all),
    ],
  );
}

/** What a case is about, in one line. */
export function titleOf({ group, name, rule, file, line }: CaseResult): string {
  const row = line === undefined ? "" : `:${line}`;
  const place = file === undefined ? "" : file === name ? row : ` (${file}${row})`;
  const subject = group === name || group === "" ? name : `${group}: ${name}`;
  return `${rule === undefined ? "" : `${rule}  `}${subject}${place}`;
}

function describeCase(found: CaseResult): string {
  const lines = found.text.split("\n").map((line) => `  ${line}`);
  const fix = found.fix === undefined || found.fix === "" ? [] : [`  fix: ${found.fix}`];
  return [titleOf(found), ...lines, ...fix].join("\n");
}

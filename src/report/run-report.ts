/** The report of a run: its form as data, and how reports of several systems become one. */
import { z } from "zod";

import { PipelineError } from "./errors.ts";
import type { StageResult } from "./stage.ts";

/** Name and version of the form; a reader of another version refuses it. */
export const REPORT_FORM = "slipway.run-report/v1";

const caseResult = z.strictObject({
  group: z.string().meta({ description: "What it belongs to: a chart and its environment, images, a system." }),
  name: z.string().meta({ description: "What was looked at." }),
  outcome: z.enum(["passed", "failed", "skipped"]),
  seconds: z.number().nonnegative().meta({ description: "Seconds that it took; 0 where it has no time of its own." }),
  text: z.string().meta({ description: "What was found and what is allowed, or why it was skipped." }),
  rule: z.string().optional().meta({ description: "Rule that found it." }),
  file: z.string().optional().meta({ description: "File of the source that it is in." }),
  line: z.int().positive().optional().meta({ description: "Line of that file, from 1." }),
  fix: z.string().optional().meta({ description: "What to do." }),
});

const stageResult = z.strictObject({
  name: z.string(),
  outcome: z.enum(["passed", "failed", "not run"]),
  seconds: z.number().nonnegative().meta({ description: "Seconds that the stage took." }),
  cases: z.array(caseResult),
  table: z.string().meta({ description: "The stage's own table, for people." }),
  notes: z.array(z.string()).meta({ description: "What was skipped or replaced, each with its reason." }),
});

/** The definition that report.schema.json is generated from. */
export const runReportSchema = z
  .strictObject({
    form: z.literal(REPORT_FORM),
    platform: z.string().meta({ description: "Path of the platform file in the source." }),
    systems: z.array(z.string()).meta({ description: "Systems that the run was about; empty: all." }),
    commit: z.string().meta({ description: "Git commit that was built, or unknown." }),
    environment: z.string().meta({ description: "Environment that was installed and tested." }),
    outcome: z.enum(["passed", "failed"]),
    seconds: z.number().nonnegative().meta({ description: "Seconds that the whole run took." }),
    stages: z.array(stageResult).min(1).meta({ description: "The stages, in the order in which they run." }),
  })
  .meta({ title: "Slipway run report", description: "What the stages of one run found." });

/** The report of a run. */
export type RunReport = z.output<typeof runReportSchema>;

/** What a report says besides its stages. */
export type RunFacts = Pick<RunReport, "platform" | "systems" | "commit" | "environment" | "seconds">;

/** A report cannot be read. */
export class ReportError extends PipelineError {
  override readonly name = "ReportError";
  constructor(file: string, problem: string) {
    super("config", `${file}: ${problem}`, "pass the directory that the function ci gave, or one that holds several");
  }
}

/** Reports cannot become one. */
export class MergeError extends PipelineError {
  override readonly name = "MergeError";
  constructor(problem: string) {
    super("config", `the reports do not belong together: ${problem}`, "merge reports of one commit and environment");
  }
}

/** The report of stages that ran. */
export function runReport(facts: RunFacts, stages: readonly StageResult[]): RunReport {
  const isRed = stages.some(({ outcome }) => outcome !== "passed");
  return {
    ...{ form: REPORT_FORM, ...facts, outcome: isRed ? ("failed" as const) : ("passed" as const) },
    stages: stages.map((stage) => ({
      ...stage,
      seconds: rounded(stage.seconds),
      cases: stage.cases.map((each) => ({ ...each, seconds: rounded(each.seconds) })),
      notes: [...stage.notes],
    })),
    seconds: rounded(facts.seconds),
  };
}

/** Reads a report. Throws ReportError. */
export function parseRunReport(text: string, file: string): RunReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ReportError(file, `is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = runReportSchema.safeParse(value);
  if (!parsed.success) throw new ReportError(file, `is no report of this version: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * Makes one report of those of runs of some systems each, as a matrix of CI jobs gives them: the cases of a stage follow
 * each other, a stage has failed where it did in one of them, and took as long as the longest. Throws MergeError where the
 * reports are of several commits, environments or platform files, or where a system is in two of them.
 */
export function mergeReports(reports: readonly RunReport[]): RunReport {
  const [first, ...others] = reports;
  if (first === undefined) throw new MergeError("there is none");
  if (others.length === 0) return first;
  for (const key of ["commit", "environment", "platform"] as const) {
    const found = [...new Set(reports.map((report) => report[key]))];
    if (found.length > 1) throw new MergeError(`${key} is ${found.join(" and ")}`);
  }
  const systems = reports.flatMap((report) => report.systems);
  if (reports.some((report) => report.systems.length === 0)) throw new MergeError("one of them is about all systems");
  const twice = systems.find((system, index) => systems.indexOf(system) !== index);
  if (twice !== undefined) throw new MergeError(`${twice} is in two of them`);
  const names = [...new Set(reports.flatMap(({ stages }) => stages.map(({ name }) => name)))];
  const stages = names.map((name) => mergedStage(name, reports));
  const seconds = Math.max(...reports.map((report) => report.seconds));
  return runReport({ ...first, systems: systems.sort(), seconds }, stages);
}

function mergedStage(name: string, reports: readonly RunReport[]): StageResult {
  const all = reports.flatMap((report) => report.stages.filter((stage) => stage.name === name));
  const outcomes = all.map(({ outcome }) => outcome);
  const outcome = (["failed", "not run"] as const).find((each) => outcomes.includes(each)) ?? "passed";
  return {
    ...{ name, outcome, seconds: Math.max(...all.map(({ seconds }) => seconds)) },
    cases: all.flatMap(({ cases }) => cases),
    table: all
      .map(({ table }) => table)
      .filter((table) => table !== "")
      .join("\n\n"),
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
  };
}

/** Milliseconds are enough for a report. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

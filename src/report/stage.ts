/** What a stage of a run found, in the form that every report is made of. */
import { describeFailure } from "./engine-failure.ts";
import { PipelineError } from "./errors.ts";

/** How one thing ended that a stage looked at. */
export type CaseOutcome = "passed" | "failed" | "skipped";

/** One thing that a stage looked at: an image, a chart in an environment, a check. */
export type CaseResult = {
  /** What it belongs to, for example a chart and its environment, or images. */
  readonly group: string;
  readonly name: string;
  readonly outcome: CaseOutcome;
  /** 0 where it has no time of its own. */
  readonly seconds: number;
  /** What was found and what is allowed, or why it was skipped; "" where it passed. */
  readonly text: string;
  /** Rule that found it, for example `image-digest`; a case without one has none. */
  readonly rule?: string | undefined;
  /** File of the source that it is in, where it is in one. */
  readonly file?: string | undefined;
  /** Line of that file, from 1. */
  readonly line?: number | undefined;
  /** What to do. */
  readonly fix?: string | undefined;
};

/** What the work of a stage gives: it fails where a case failed. */
export type StageWork = {
  readonly cases: readonly CaseResult[];
  /** The stage's own table, for people; "" for none. */
  readonly table: string;
  /** What was skipped or replaced, each with its reason. */
  readonly notes: readonly string[];
};

/** A stage that can run. */
export type Stage = { readonly name: string; readonly run: () => Promise<StageWork> };

/** A stage that ran, or that an earlier failure kept from running. */
export type StageResult = StageWork & {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not run";
  readonly seconds: number;
};

/**
 * Runs stages one after the other and stops at the first that fails; those behind it are `not run`. Never rejects: an error
 * is a failed case of its stage.
 *
 * @param stages The stages, in their order.
 * @param nowSeconds Clock, in seconds; only differences are used.
 */
export async function runStages(stages: readonly Stage[], nowSeconds: () => number): Promise<StageResult[]> {
  const results: StageResult[] = [];
  let isRed = false;
  for (const { name, run } of stages) {
    if (isRed) {
      results.push({ name, outcome: "not run", seconds: 0, cases: [], table: "", notes: [] });
      continue;
    }
    const began = nowSeconds();
    const work = await run().catch((error: unknown) => ({ cases: [failedCase(name, error)], table: "", notes: [] }));
    isRed = work.cases.some(({ outcome }) => outcome === "failed");
    results.push({ name, outcome: isRed ? "failed" : "passed", seconds: nowSeconds() - began, ...work });
  }
  return results;
}

/** An error as a case: its problem and next step, and for an error of the engine the failed command with its last lines. */
export function failedCase(name: string, error: unknown): CaseResult {
  const base = { group: name, name, outcome: "failed", seconds: 0 } as const;
  if (error instanceof PipelineError) return { ...base, text: error.problem, fix: error.nextStep };
  return { ...base, text: describeFailure(error) };
}

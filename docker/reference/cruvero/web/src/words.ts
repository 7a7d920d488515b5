/** The sentences that the page says. */
import type { Failure } from "./api.ts";
import { isFinished, type Run } from "./run.ts";

/** Says what went wrong and what the reader can do. */
export function explainFailure(failure: Failure): string {
  switch (failure.kind) {
    case "too-many": {
      const { retryAfterSeconds } = failure;
      const when = retryAfterSeconds === undefined ? "in a minute" : `in ${count(retryAfterSeconds, "second")}`;
      return `Too many requests for now. Try again ${when}.`;
    }
    case "unavailable":
      return `The service cannot answer right now${because(failure.detail)}. Try again in a moment.`;
    case "refused":
      return `The service refused this (HTTP ${failure.status})${because(failure.detail)}.`;
    case "not-understood":
      return "The service answered in a way that this page does not understand. Reload the page; it may be outdated.";
  }
}

/** Says in one line what became of a run. */
export function describeResult(run: Run): string {
  if (!isFinished(run)) return "Waiting for a worker.";
  if (run.result === undefined) return "Completed.";
  const { characters, words, sha256 } = run.result;
  return `${count(words, "word")}, ${count(characters, "character")}, SHA-256 ${sha256.slice(0, 12)}…`;
}

function because(detail: string | undefined): string {
  return detail === undefined ? "" : `: ${detail.replace(/\.$/, "")}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

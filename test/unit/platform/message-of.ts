/** The message of a failure that is on purpose, for snapshots. */
import { PipelineError } from "../../../src/report/errors.ts";

/** Runs what must throw a PipelineError and returns its message. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PipelineError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

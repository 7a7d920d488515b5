/** Says what went wrong and with which exit code a run ends. */

import { describeFailure } from "../../src/report/engine-failure.ts";
import type { ErrorKind } from "../../src/report/errors.ts";
import { PipelineError } from "../../src/report/errors.ts";

const EXIT_CODES: Readonly<Record<ErrorKind, number>> = { gate: 1, config: 2, infra: 3 };
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A signal that ends a run in order. */
export type StopSignal = keyof typeof SIGNAL_CODES;

/** Somebody asked the run to end. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor(readonly signal: StopSignal) {
    super(`stopped by ${signal}`);
  }
}

/** How a failed run ends. */
export type Failure = { readonly exitCode: number; readonly text: string };

/** Exit code of a kind of failure. */
export function exitCodeFor(kind: ErrorKind): number {
  return EXIT_CODES[kind];
}

/**
 * Describes a failure. An error of the project speaks for itself; anything else comes from the engine, from a command in
 * it or from a defect, and is put in the same form.
 *
 * @param error Whatever was thrown.
 * @param options Whether the stack is wanted, and the file that holds what the engine said, if it said anything.
 */
export function describeRunFailure(
  error: unknown,
  options: { readonly verbose: boolean; readonly logFile?: string },
): Failure {
  const log = options.logFile === undefined ? "" : `\nEngine log: ${options.logFile}`;
  const stack = options.verbose && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  if (error instanceof StoppedError) {
    return { exitCode: SIGNAL_CODES[error.signal], text: error.message };
  }
  if (error instanceof PipelineError) {
    return {
      exitCode: exitCodeFor(error.kind),
      text: `${error.message}${error.kind === "infra" ? log : ""}${stack}`,
    };
  }
  const nextStep =
    options.logFile === undefined
      ? "run it again with --verbose to see the stack"
      : "read the engine's log, or run it again with --verbose";
  return {
    exitCode: exitCodeFor("infra"),
    text: `[infra] ${describeFailure(error)}\nNext: ${nextStep}${log}${stack}`,
  };
}

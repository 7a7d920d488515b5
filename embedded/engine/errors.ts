/** What can go wrong while the embedded engine is made, started or stopped. */

import { PipelineError } from "../../src/report/errors.ts";

/** The machine cannot carry an embedded engine; every reason is named at once, before any work starts. */
export class HostUnfitError extends PipelineError {
  override readonly name = "HostUnfitError";

  constructor(readonly reasons: readonly string[]) {
    super(
      "infra",
      `this machine cannot run the embedded engine:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`,
      "mend what is listed; or start a container runtime (Docker, Podman, nerdctl); or use `dagger call`; " +
        "or name a running engine in SLIPWAY_ENGINE, e.g. tcp://engine:1234",
    );
  }
}

/** How a command of a step ended. */
export type CommandFailure = {
  /** What the step does, e.g. `compiling dagger-engine`. */
  readonly step: string;
  readonly command: readonly string[];
  /** Exit code, name of the signal, or why it did not start. */
  readonly ended: string;
  /** Last lines of its output. */
  readonly tail: readonly string[];
};

/** A command of a step failed. */
export class StepFailedError extends PipelineError {
  override readonly name = "StepFailedError";

  constructor(failure: CommandFailure, nextStep: string, options?: ErrorOptions) {
    const output = failure.tail.map((line) => `  | ${line}`).join("\n");
    super(
      "infra",
      `${failure.step} failed: ${failure.command.join(" ")} (${failure.ended})${output === "" ? "" : `\n${output}`}`,
      nextStep,
      options,
    );
  }
}

/** There was no room for what was made. */
export class DiskFullError extends PipelineError {
  override readonly name = "DiskFullError";

  constructor(label: string, nextStep: string, options?: ErrorOptions) {
    super("infra", `${label} failed: no space left on the disk`, nextStep, options);
  }
}

/** A server did not come up, or answered something that it should not. */
export class ServerFailedError extends PipelineError {
  override readonly name = "ServerFailedError";

  constructor(problem: string, logFile: string, tail: readonly string[], options?: ErrorOptions) {
    const output = tail.map((line) => `\n  | ${line}`).join("");
    super("infra", `${problem}${output}`, `read ${logFile}; then \`npm run embedded:down\` and start again`, options);
  }
}

/** A package registry or the loopback registry answered something that cannot be used. */
export class UnexpectedAnswerError extends PipelineError {
  override readonly name = "UnexpectedAnswerError";

  constructor(asked: string, answered: string, nextStep: string) {
    super("infra", `${asked}: ${answered}`, nextStep);
  }
}

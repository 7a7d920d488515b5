/** The errors that a person can act on: each says what kind of failure it is, what was found and what to do next. */

/**
 * What went wrong in the large, and so what the caller's exit code is: `gate` a check of the product failed (1),
 * `config` the input is wrong (2), `infra` the engine, a registry or the machine failed (3).
 */
export type ErrorKind = "gate" | "config" | "infra";

/**
 * Base of all errors that Slipway throws on purpose. Only the message survives the way out of a Dagger module, so
 * kind, problem and next step are all in it: `[kind] problem`, a line break, `Next: step`.
 */
export abstract class PipelineError extends Error {
  protected constructor(
    readonly kind: ErrorKind,
    readonly problem: string,
    readonly nextStep: string,
    options?: ErrorOptions,
  ) {
    super(`[${kind}] ${problem}\nNext: ${nextStep}`, options);
  }
}

/** What a caller may demand of a publish before anything is pushed. */
import { PipelineError } from "../report/errors.ts";

/** Evidence that --require knows. */
export const REQUIREMENTS = ["smoke", "signature", "scan"] as const;

/** --require names something that is not known. */
export class UnknownRequirementError extends PipelineError {
  override readonly name = "UnknownRequirementError";
  constructor(given: string) {
    super("config", `--require has "${given}"`, `allowed: ${REQUIREMENTS.join(", ")}`);
  }
}

/** Something that --require demands is not there. */
export class RequirementMissingError extends PipelineError {
  override readonly name: string = "RequirementMissingError";
  constructor(problem: string, nextStep: string) {
    super("gate", problem, nextStep);
  }
}

/** No pass of the smoke test is recorded for what is to be published. */
export class SmokeMissingError extends RequirementMissingError {
  override readonly name = "SmokeMissingError";
  constructor(environment: string) {
    super(
      `--require smoke: no pass of the smoke test in ${environment} is recorded for these images and charts`,
      `run smoke-test --env ${environment} on this engine, then publish again; nothing was pushed`,
    );
  }
}

/** Throws where something is demanded that is not known, or that the arguments do not allow. */
export function checkRequired(request: {
  readonly require: readonly string[];
  readonly signing?: unknown;
  readonly scanDatabase?: unknown;
}): void {
  const unknown = request.require.find((given) => !REQUIREMENTS.some((known) => known === given));
  if (unknown !== undefined) throw new UnknownRequirementError(unknown);
  if (request.require.includes("signature") && request.signing === undefined) {
    throw new RequirementMissingError(
      "--require signature: there is no key to sign with",
      "pass --signing-key, and --signing-password where it has one, or --identity-token; nothing was pushed",
    );
  }
  if (request.require.includes("scan") && request.scanDatabase === undefined) {
    throw new RequirementMissingError(
      "--require scan: there is no vulnerability database in this run",
      "pass --scan-database, an archive of grype's database; nothing was pushed",
    );
  }
}

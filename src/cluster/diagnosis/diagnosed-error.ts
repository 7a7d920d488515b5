/** The error for a release that will not stand: it names each cause, root causes first. */
import { PipelineError } from "../../report/errors.ts";
import type { Diagnosis } from "./cause.ts";
import { describeDiagnosis } from "./describe.ts";
import { type Evidence, evidenceFor } from "./evidence.ts";

/** A release does not stand, and time does not heal it. */
export class DiagnosedError extends PipelineError {
  override readonly name = "DiagnosedError";
  /** What to keep for whoever looks into it. */
  readonly evidence: readonly Evidence[];
  constructor(readonly diagnoses: readonly Diagnosis[]) {
    const [first] = diagnoses;
    const count = diagnoses.length === 1 ? "1 failure keeps" : `${diagnoses.length} failures keep`;
    const problem = [`${count} the release from standing`, ...diagnoses.map(describeDiagnosis)].join("\n");
    super("gate", problem, first === undefined ? "look at the cluster" : `${first.object}: ${first.nextStep}`);
    this.evidence = evidenceFor(diagnoses);
  }
}

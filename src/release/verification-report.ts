/** Shows what verify found. */
import { PipelineError } from "../report/errors.ts";
import { renderTable } from "../report/table.ts";
import type { Failure, Judgement } from "./judgement.ts";

/** An artifact that was judged. */
export type JudgedArtifact = { readonly name: string; readonly reference: string; readonly judgement: Judgement };

/** A release is not what its record and the policy say. */
export class VerificationFailedError extends PipelineError {
  override readonly name = "VerificationFailedError";
  constructor(failures: readonly Failure[], table: string) {
    const lines = failures.map(({ artifact, check, reason }) => `${artifact}\n  check   ${check}\n  found   ${reason}`);
    super(
      "gate",
      `verify: ${failures.length} ${failures.length === 1 ? "failure" : "failures"}\n\n${lines.join("\n")}\n\n${table}`,
      "do not deploy it; publish the revision again from its source, and find out who changed the registry",
    );
  }
}

/** Renders one line for each artifact, and a sum. */
export function verificationTable(artifacts: readonly JudgedArtifact[], tags: number): string {
  const rows = artifacts.map(({ name, reference, judgement }) => [
    name,
    String(judgement.evidence),
    judgement.failures.length === 0 ? "verified" : `${judgement.failures.length} failed`,
    reference,
  ]);
  const columns = [
    { heading: "ARTIFACT" },
    { heading: "EVIDENCE", numeric: true },
    { heading: "STATE" },
    { heading: "REFERENCE" },
  ];
  return `${renderTable(columns, rows)}\n\n${tags} tags checked`;
}

/** Says what scans of a release found, and refuses what the policy does not allow. */
import { PipelineError } from "../report/errors.ts";
import { databaseFailure, judgeScan, type ScanRules, vexFailures } from "./scan-judgement.ts";
import type { ScanResult } from "./scan-result.ts";

/** A release has vulnerabilities that the policy does not allow, or exceptions that no longer hold. */
export class ScanFailedError extends PipelineError {
  override readonly name = "ScanFailedError";
  constructor(failures: readonly string[]) {
    const count = failures.length === 1 ? "1 failure" : `${failures.length} failures`;
    super(
      "gate",
      `scan: ${count}\n\n${failures.join("\n")}`,
      "update what has a fix and build again; what does no harm is stated in the VEX document of the release policy, with a reason and a day; nothing was pushed",
    );
  }
}

/**
 * Holds the scans of a release to the policy and returns a line that says what they found. Throws ScanFailedError naming
 * every failure.
 *
 * @param scans What was found in each image, by its name.
 */
export function checkScans(scans: ReadonlyMap<string, ScanResult>, rules: ScanRules): string {
  const judged = [...scans].map(([image, scan]) => ({ image, ...judgeScan(image, scan, rules) }));
  const databases = new Map([...scans.values()].map(({ database }) => [database.digest, database]));
  const old = [...databases.values()].flatMap((database) => databaseFailure(database, rules.policy, rules.now) ?? []);
  const found = judged.flatMap(({ image, failures }) => failures.map((failure) => `image/${image}: ${failure}`));
  const failures = [...old, ...found, ...vexFailures(rules, scans)];
  if (failures.length > 0) throw new ScanFailedError(failures);
  const excused = judged.reduce((sum, each) => sum + each.excused, 0);
  const below = judged.reduce((sum, each) => sum + each.below, 0);
  const asked = [...databases.values()].map(({ built, digest }) => `${digest} of ${built.slice(0, 10)}`).join(", ");
  return `scan: nothing of severity ${rules.policy.severity} or above; ${below} below, ${excused} excused by VEX; database ${asked}`;
}

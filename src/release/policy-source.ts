/** Finds the release policy and the VEX document that it names in a source. What they say is checked in policy.ts and vex.ts. */
import type { File } from "@dagger.io/dagger";

import { type PlatformSource, readSourceFile } from "../images/functions.ts";
import { parseReleasePolicy, type ReleasePolicy, ScanPolicyMissingError } from "./policy.ts";
import { RequirementMissingError } from "./requirements.ts";
import type { ScanRules } from "./scan-judgement.ts";
import { NO_VEX, parseVex } from "./vex.ts";

/** Policy of a source, where the caller names none. */
const POLICY = "deploy/release-policy.yaml";

/** A policy and the name of its file. */
export type NamedPolicy = { readonly policy: ReleasePolicy; readonly name: string };

/**
 * Reads the policy.
 *
 * @param file Policy that the caller hands in; nothing: that of the source.
 */
export async function readReleasePolicy({ source }: PlatformSource, file?: File): Promise<NamedPolicy> {
  const next = "add it, or pass --policy";
  const [text, name] =
    file === undefined
      ? [await readSourceFile(source, POLICY, next), POLICY]
      : await Promise.all([file.contents(), file.name()]);
  return { policy: parseReleasePolicy(text, name), name };
}

/** Reads what scans are held to now. Throws ScanPolicyMissingError where the policy says nothing of them. */
export async function readScanRules({ source }: PlatformSource, { policy, name }: NamedPolicy): Promise<ScanRules> {
  const { scan } = policy;
  if (scan === undefined) throw new ScanPolicyMissingError(name);
  const { vex: path } = scan;
  const next = "add it, or take the key scan.vex out of the release policy";
  const vex = path === undefined ? NO_VEX : parseVex(await readSourceFile(source, path, next), path);
  return { policy: scan, vex, now: new Date() };
}

/**
 * Reads what the scans of a publish are held to.
 *
 * @param isRequired Nothing is published without a scan: then the policy has to pin the database, or any would do.
 */
export async function readPublishRules(given: PlatformSource, isRequired: boolean): Promise<ScanRules> {
  const named = await readReleasePolicy(given);
  const rules = await readScanRules(given, named);
  if (isRequired && rules.policy.database === undefined) {
    throw new RequirementMissingError(
      `--require scan: ${named.name} pins no database, so that an empty one would do`,
      "add scan.database, the sha256 digest of the archive; nothing was pushed",
    );
  }
  return rules;
}

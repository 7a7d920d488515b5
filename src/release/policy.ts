/** Reads the release policy: which evidence a release must have, who may sign it and who may build it. */
import { createPublicKey } from "node:crypto";

import { z } from "zod";

import { describeProblems, type Problem } from "../platform/problems.ts";
import { checkYaml } from "../platform/schema-problems.ts";
import { readYaml } from "../platform/yaml-file.ts";
import { PipelineError } from "../report/errors.ts";
import { keylessSchema } from "./keyless.ts";
import { scanPolicySchema } from "./scan-policy.ts";
import { EVIDENCE_KINDS } from "./statements.ts";

const kinds = z.array(z.enum(["signature", "provenance", "spdx", "cyclonedx", "scan", "test"]));

const policySchema = z.strictObject({
  keys: z
    .record(z.string(), z.string())
    .refine((keys) => Object.values(keys).every(isPublicKey), "public keys in PEM")
    .meta({ description: "Keys that may sign, by a name of your own: public, in PEM. None: no key is trusted." }),
  keyless: keylessSchema
    .meta({ description: "Identities that may sign, with certificates in place of keys." })
    .optional(),
  builders: z.array(z.string().min(1)).min(1).meta({ description: "Builders that provenance may name." }),
  require: z
    .strictObject({ image: kinds, chart: kinds, record: kinds })
    .meta({ description: "Kinds of evidence that each artifact must have." }),
  scan: scanPolicySchema.meta({ description: "What holds for known vulnerabilities." }).optional(),
});

/** What a release must have to be trusted. */
export type ReleasePolicy = z.infer<typeof policySchema>;

/** A policy has mistakes; the message lists all of them. */
export class ReleasePolicyError extends PipelineError {
  override readonly name = "ReleasePolicyError";
  constructor(file: string, problems: readonly Problem[]) {
    super("config", describeProblems(file, problems), `correct ${file}; kinds are: ${EVIDENCE_KINDS.join(", ")}`);
  }
}

/** A policy says nothing of scans, and something is to be scanned. */
export class ScanPolicyMissingError extends PipelineError {
  override readonly name = "ScanPolicyMissingError";
  constructor(file: string) {
    super(
      "config",
      `${file} has no key "scan", so that nothing could be wrong with a scan`,
      "add it, for example scan: { severity: high, maxAgeDays: 5 }",
    );
  }
}

/** Reads a policy. Throws ReleasePolicyError. */
export function parseReleasePolicy(text: string, file: string): ReleasePolicy {
  const yaml = readYaml(text, file);
  const checked = checkYaml(yaml, policySchema);
  const problems = [...yaml.problems, ...(checked.ok ? [] : checked.problems)];
  if (!checked.ok || problems.length > 0) throw new ReleasePolicyError(file, problems);
  return checked.value;
}

/** Evidence that a policy may demand. */
export type DemandedKind = ReleasePolicy["require"]["image"][number];

/** A policy that demands some evidence of images and charts besides its own. */
export function demanding(policy: ReleasePolicy, kinds: readonly DemandedKind[]): ReleasePolicy {
  const { image, chart, record } = policy.require;
  const and = (known: readonly DemandedKind[]) => [...new Set([...known, ...kinds])];
  return { ...policy, require: { image: and(image), chart: and(chart), record } };
}

/** Throws ReleasePolicyError where a policy trusts nobody, neither a key nor an identity: nothing could pass it. */
export function requireKeys(policy: ReleasePolicy, file: string): void {
  if (Object.keys(policy.keys).length > 0 || policy.keyless !== undefined) return;
  const problem: Problem = {
    path: ["keys"],
    position: { line: 1, column: 1 },
    found: "no key, so that nothing could be trusted",
    allowed: "at least one public key in PEM, or the key keyless with an identity",
    next: "add the public part of the key that releases are signed with, or the identity that signs them",
  };
  throw new ReleasePolicyError(file, [problem]);
}

function isPublicKey(text: string): boolean {
  try {
    return createPublicKey(text).type === "public";
  } catch {
    // Whatever Node says of it, the reader is told that it is no key.
    return false;
  }
}

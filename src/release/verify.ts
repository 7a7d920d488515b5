/** Reads a release back from a registry and holds it to the policy. What is right is decided in judgement.ts. */
import { randomUUID } from "node:crypto";

import type { Directory, File } from "@dagger.io/dagger";

import type { PlatformSource } from "../images/functions.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { parseImageLock } from "../platform/image-lock.ts";
import {
  type ExpectedArtifact,
  expectedArtifacts,
  type Failure,
  judgeArtifact,
  judgeRecordTag,
  judgeTags,
  tagsToCheck,
} from "./judgement.ts";
import type { SignatureVerdict } from "./keyless.ts";
import { type DemandedKind, demanding, type ReleasePolicy, requireKeys } from "./policy.ts";
import { readReleasePolicy, readScanRules } from "./policy-source.ts";
import { identifySigners } from "./signers.ts";
import { registryClient, type ReleaseRegistry } from "./registry.ts";
import type { ReadArtifact } from "./registry-answers.ts";
import { parseReleaseRecord, RECORD_REPOSITORY, type ReleaseRecord, ReleaseRecordError } from "./release-record.ts";
import type { ScanRules } from "./scan-judgement.ts";
import { type JudgedArtifact, VerificationFailedError, verificationTable } from "./verification-report.ts";

/** What is verified. */
export type VerifyRequest = {
  /** Tag of the release: sha-<commit>, a version or an alias. */
  readonly tag: string;
  /** Policy that the caller hands in; nothing: that of the source. */
  readonly policy?: File | undefined;
  /** Evidence that images and charts must have besides, whatever the policy says. */
  readonly demanded?: readonly DemandedKind[];
};

/** A release that is what its record and the policy say. */
export type VerifiedRelease = {
  readonly record: ReleaseRecord;
  /** Digest of the record. */
  readonly digest: string;
  /** One line for each artifact. */
  readonly table: string;
};

/** Verifies a release and returns a table; throws VerificationFailedError naming every failure. */
export async function verifyRelease(
  given: PlatformSource & { readonly programs: Directory },
  registry: ReleaseRegistry,
  request: VerifyRequest,
): Promise<string> {
  return (await verifiedRelease(given, registry, request)).table;
}

/** Reads a release that verifies; throws VerificationFailedError naming every failure. */
export async function verifiedRelease(
  given: PlatformSource & { readonly programs: Directory },
  registry: ReleaseRegistry,
  { tag, policy: file, demanded = [] }: VerifyRequest,
): Promise<VerifiedRelease> {
  checkRegistryPrefix(registry.prefix);
  const [named, lockText, lockName] = await Promise.all([
    readReleasePolicy(given, file),
    given.lockFile.contents(),
    given.lockFile.name(),
  ]);
  const policy = demanding(named.policy, demanded);
  requireKeys(policy, named.name);
  const isScanned = policy.require.image.includes("scan");
  const scanRules = isScanned ? await readScanRules(given, { ...named, policy }) : undefined;
  const lock = parseImageLock(lockText, lockName);
  const client = registryClient(lock, given.programs, registry, randomUUID());
  const { prefix } = registry;
  const recordName = `${prefix}/${RECORD_REPOSITORY}:${tag}`;
  const [recordRead] = (await client.read([recordName])).artifacts;
  const record = parseReleaseRecord(recordText(recordRead, recordName), recordName);
  const artifacts = expectedArtifacts(record, prefix);
  const tags = tagsToCheck(record, prefix, tag);
  const [content, state] = await Promise.all([
    client.read(artifacts.map(({ reference }) => reference)),
    client.state(
      tags.map(({ reference }) => reference),
      [],
    ),
  ]);
  const own = { kind: "record" as const, name: "release", digest: recordRead?.digest ?? "" };
  const read = [...content.artifacts, ...(recordRead === undefined ? [] : [recordRead])];
  const answers = [artifacts.map(({ reference }) => reference), [recordName]].map(client.answer);
  const signers = await identifySigners(given, { lock, programs: given.programs }, policy, answers);
  const judge = (each: Parameters<typeof judgeRead>[0]) => judgeRead(each, read, policy, scanRules, signers);
  const judged = artifacts.map(judge);
  const recorded = judge({ reference: recordName, expected: own });
  const found = tags.map((each) => ({ ...each, found: state.digests[each.reference] }));
  const all = [...judged, recorded];
  const failures = [
    ...all.flatMap(({ judgement }) => judgement.failures),
    ...judgeTags(found),
    ...judgeRecordTag(record, recordName, tag),
  ];
  const table = verificationTable(all, found.length);
  if (failures.length > 0) throw new VerificationFailedError(failures, table);
  return { record, digest: own.digest, table };
}

/** Judges an artifact by what was read under its reference. */
export function judgeRead(
  { reference, expected }: { readonly reference: string; readonly expected: ExpectedArtifact },
  read: readonly ReadArtifact[],
  policy: ReleasePolicy,
  scanRules: ScanRules | undefined,
  signers: ReadonlyMap<string, SignatureVerdict>,
): JudgedArtifact {
  const found = read.find((each) => each.reference === reference);
  const failure: Failure = { artifact: reference, check: "content", reason: "was not read" };
  const judgement =
    found === undefined
      ? { failures: [failure], evidence: 0 }
      : judgeArtifact(expected, found, policy, scanRules, signers);
  return { name: `${expected.kind}/${expected.name}`, reference, judgement };
}

/** Text of a record as it was read. Throws ReleaseRecordError where it was not. */
export function recordText(read: ReadArtifact | undefined, name: string): string {
  const [text] = Object.values(read?.texts ?? {}).filter((each) => each !== "{}");
  if (text !== undefined) return text;
  const reason = read === undefined || read.problems.length === 0 ? "is not in the registry" : read.problems.join(", ");
  throw new ReleaseRecordError(name, reason);
}

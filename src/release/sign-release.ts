/** Signs in a registry what was published unsigned, so that one job alone has the key. What can be signed: statements-to-sign.ts. */
import { randomUUID } from "node:crypto";

import { dag, type Directory } from "@dagger.io/dagger";

import type { PlatformSource } from "../images/functions.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { parseImageLock } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import type { Part } from "./assemble.ts";
import type { GatheredEvidence } from "./evidence.ts";
import {
  type ExpectedArtifact,
  expectedArtifacts,
  type Failure,
  judgeRecordTag,
  judgeTags,
  tagsToCheck,
} from "./judgement.ts";
import { readReleasePolicy } from "./policy-source.ts";
import { type RegistryClient, registryClient, type ReleaseRegistry } from "./registry.ts";
import type { ReadArtifact } from "./registry-answers.ts";
import { parseReleaseRecord, RECORD_REPOSITORY } from "./release-record.ts";
import { RequirementMissingError } from "./requirements.ts";
import { signerName, type SigningKey } from "./signing.ts";
import { type StatementToSign, statementsToSign } from "./statements-to-sign.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";
import { askState, carryOut } from "./transaction.ts";
import { VerificationFailedError, verificationTable } from "./verification-report.ts";
import { judgeRead, recordText } from "./verify.ts";

/** What is signed, and by whom. */
export type SignRequest = { readonly tag: string; readonly signing: SigningKey | undefined; readonly dryRun: boolean };

type Signable = { readonly part: Part; readonly statements: readonly StatementToSign[] };

/**
 * Signs everything that is said of a release and is attached unsigned, and returns a table. Throws VerificationFailedError
 * where the registry does not hold what the record names, or says two things of one kind; then nothing is signed.
 */
export async function signRelease(
  given: PlatformSource & { readonly programs: Directory },
  registry: ReleaseRegistry,
  { tag, signing: key, dryRun }: SignRequest,
): Promise<string> {
  if (key === undefined) {
    throw new RequirementMissingError("sign: there is no key", "pass --signing-key or --identity-token");
  }
  checkRegistryPrefix(registry.prefix);
  const [lockText, lockName] = await Promise.all([given.lockFile.contents(), given.lockFile.name()]);
  const tools: Toolbox = { lock: parseImageLock(lockText, lockName), programs: given.programs };
  const nonce = randomUUID();
  const client = registryClient(tools.lock, given.programs, registry, nonce);
  const recordName = `${registry.prefix}/${RECORD_REPOSITORY}:${tag}`;
  const { parts, references, read } = await releaseParts(given, client, registry.prefix, tag, recordName);
  const signables = parts.map((part): Signable => {
    const found = read.find(({ digest }) => digest === part.digest);
    return { part, statements: statementsToSign(part.digest, found?.referrers ?? []).found };
  });
  const answers = [references, [recordName]].map(client.answer);
  const digests = [...new Set(signables.flatMap(({ statements }) => statements.map(({ digest }) => digest)))];
  const extracted = goImage(tools.lock)
    .withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"))
    .withMountedFile("/answer-0.json", answers[0] ?? dag.file("none", ""))
    .withMountedFile("/answer-1.json", answers[1] ?? dag.file("none", ""))
    .withNewFile("/digests", digests.join("\n"))
    .withWorkdir(RESULTS)
    .withExec(["sign", "extract", RESULTS, "/digests", "/answer-0.json", "/answer-1.json"]);
  const gathered = gatheredFrom(signables, read, await signerName(tools, key, nonce), extracted.directory(RESULTS));
  return carryOut(client, await askState(client, parts), {
    release: { parts, inputs: dag.directory() },
    ...{ gathered, signer: { tools, key, nonce } },
    telling: {
      dryRun,
      notes: [`signed: ${String(digests.length)} statements about ${String(parts.length)} artifacts`],
    },
  });
}

/** What the record of a tag names, as it is in the registry. Throws VerificationFailedError where it is not whole. */
async function releaseParts(
  given: PlatformSource,
  client: RegistryClient,
  prefix: string,
  tag: string,
  recordName: string,
): Promise<{ parts: Part[]; references: string[]; read: readonly ReadArtifact[] }> {
  const { policy } = await readReleasePolicy(given);
  const [recordRead] = (await client.read([recordName])).artifacts;
  const record = parseReleaseRecord(recordText(recordRead, recordName), recordName);
  const artifacts = expectedArtifacts(record, prefix);
  const references = artifacts.map(({ reference }) => reference);
  const tags = tagsToCheck(record, prefix, tag);
  const [content, state] = await Promise.all([
    client.read(references),
    client.state(
      tags.map(({ reference }) => reference),
      [],
    ),
  ]);
  const own: ExpectedArtifact = { kind: "record", name: "release", digest: recordRead?.digest ?? "" };
  const read = [...content.artifacts, ...(recordRead === undefined ? [] : [recordRead])];
  const all = [...artifacts, { reference: recordName, repository: `${prefix}/${RECORD_REPOSITORY}`, expected: own }];
  // Nothing is demanded here, for nothing is signed yet: what is there has to be whole.
  const whole = { ...policy, require: { image: [], chart: [], record: [] } };
  const judged = all.map((each) => judgeRead(each, read, whole, undefined, new Map()));
  const doubts = all.flatMap(({ expected }): Failure[] => {
    const referrers = read.find(({ digest }) => digest === expected.digest)?.referrers ?? [];
    const artifact = `${expected.kind}/${expected.name}`;
    return statementsToSign(expected.digest, referrers).problems.map((reason) => ({ artifact, check: "sign", reason }));
  });
  const failures = [
    ...judged.flatMap(({ judgement }) => judgement.failures),
    ...judgeTags(tags.map((each) => ({ ...each, found: state.digests[each.reference] }))),
    ...judgeRecordTag(record, recordName, tag),
    ...doubts,
  ];
  if (failures.length > 0) throw new VerificationFailedError(failures, verificationTable(judged, tags.length));
  const parts = all.map(({ repository, expected: { kind, name, digest } }): Part => {
    return { kind, name, repository, digest, tags: [] };
  });
  return { parts, references, read };
}

function gatheredFrom(
  signables: readonly Signable[],
  read: readonly ReadArtifact[],
  key: string,
  statements: Directory,
): Pick<GatheredEvidence, "evidence" | "statements" | "manifestBytes"> {
  return {
    evidence: signables.flatMap(({ part, statements: said }) =>
      said.map(({ kind, digest }) => ({ artifact: part, kind, statement: digest, key })),
    ),
    statements,
    manifestBytes: new Map(read.map(({ digest, manifest }) => [digest, Buffer.byteLength(manifest)])),
  };
}

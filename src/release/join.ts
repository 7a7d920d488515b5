/** Joins the parts of a release that were published system by system. What makes a whole is decided in release-parts.ts. */
import { randomUUID } from "node:crypto";

import type { File } from "@dagger.io/dagger";

import { checkedCommit, type PlatformFiles, readFiles } from "../images/functions.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { imageTags, type Tag } from "../images/tags.ts";
import type { Environment } from "../platform/environments.ts";
import { reasonsToHold } from "./alias-gates.ts";
import { type Part, recordInputs, recordPart } from "./assemble.ts";
import { gatherSignature } from "./evidence.ts";
import { gitopsFindings, platformName, type ReleaseSource } from "./gates.ts";
import { expectedArtifacts } from "./judgement.ts";
import { demanding, ReleasePolicyError, requireKeys } from "./policy.ts";
import { type NamedPolicy, readReleasePolicy, readScanRules } from "./policy-source.ts";
import { type RegistryClient, registryClient, type ReleaseRegistry } from "./registry.ts";
import type { ReadArtifact, RegistryState } from "./registry-answers.ts";
import {
  joinParts,
  PartsMismatchError,
  partRepository,
  type ReadPart,
  untestedReason,
  untrustedReason,
} from "./release-parts.ts";
import { parseReleaseRecord, type ReleaseRecord } from "./release-record.ts";
import { heldBack, type HeldReason, type ReleaseTags, releaseTags } from "./release-tags.ts";
import { identifySigners } from "./signers.ts";
import type { SigningKey } from "./signing.ts";
import { askState, carryOut } from "./transaction.ts";
import { VerificationFailedError, verificationTable } from "./verification-report.ts";
import { judgeRead, recordText } from "./verify.ts";

/** What `merge-releases` was asked for, besides the registry. */
export type JoinRequest = {
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
  /** Environment whose smoke test must have passed in every part before an alias moves. */
  readonly environment: Environment;
  readonly dryRun: boolean;
  readonly signing?: SigningKey | undefined;
  /** Policy that the parts are held to; nothing: that of the source. */
  readonly policy?: File | undefined;
};

/** The parts as they are in the registry. */
type FoundParts = { readonly parts: readonly ReadPart[]; readonly read: readonly ReadArtifact[] };

/**
 * Joins the parts of a release and returns a table of what moved: the record of all systems, the same as one publish of all
 * writes, then aliases where every gate is green. Throws PartsMissingError, PartsMismatchError and VerificationFailedError,
 * and then nothing was moved.
 */
export async function mergeReleases(
  given: ReleaseSource,
  registry: ReleaseRegistry,
  request: JoinRequest,
): Promise<string> {
  checkRegistryPrefix(registry.prefix);
  const [files, commit, platform, named] = await Promise.all([
    readFiles(given),
    checkedCommit(given),
    platformName(given),
    readReleasePolicy(given, request.policy),
  ]);
  const tags = imageTags(commit, request.ref, request.tags, request.defaultBranch);
  const nonce = randomUUID();
  const client = registryClient(files.lock, given.programs, registry, nonce);
  const [partTag] = releaseTags(commit, tags, "part").record;
  const found = await readParts(client, registry.prefix, files, partTag?.name ?? "");
  const { images, charts } = files.platform;
  const record = joinParts(partTag?.name ?? "", found.parts, { revision: commit, platform, images, charts });
  const [evidence, gitops] = await Promise.all([
    judgedReasons(given, client, registry.prefix, { record, found, named, files, environment: request.environment }),
    tags.length > 1 ? gitopsFindings(given) : [],
  ]);
  const { environment } = request;
  const reasons = [...evidence, ...reasonsToHold({ environment, smoke: "passed", gitops, isPart: false })];
  const wanted = releaseTags(commit, tags, reasons.length === 0 ? "whole" : "held back");
  const joined = recordPart(record, registry.prefix, wanted.record);
  const parts = [...partsOfRecord(record, registry.prefix, wanted), joined.part];
  const signer = { tools: { lock: files.lock, programs: given.programs }, key: request.signing, nonce };
  const [gathered, state] = await Promise.all([
    gatherSignature(joined.part, joined.part.object.manifest, signer),
    askState(client, parts),
  ]);
  refuseAbsent(partTag?.name ?? "", parts, state);
  const telling = { dryRun: request.dryRun, heldBack: heldBack(tags, reasons), notes: notesOf(found, request.signing) };
  return carryOut(client, state, {
    release: { parts, inputs: recordInputs([joined]) },
    ...{ gathered, signer, telling },
  });
}

/** Throws PartsMismatchError where the registry lost what a part names: there is nothing here that could be pushed. */
function refuseAbsent(tag: string, parts: readonly Part[], { digests }: RegistryState): void {
  const gone = parts.filter(({ kind, repository, digest }) => {
    return kind !== "record" && digests[`${repository}@${digest}`] === undefined;
  });
  if (gone.length === 0) return;
  const lines = gone.map(({ repository, digest }) => `${repository}@${digest} is not in the registry`);
  throw new PartsMismatchError(tag, lines);
}

async function readParts(
  client: RegistryClient,
  prefix: string,
  { platform }: PlatformFiles,
  tag: string,
): Promise<FoundParts> {
  const names = platform.systems.map(({ name: system }) => {
    return { system, reference: `${prefix}/${partRepository(system)}:${tag}` };
  });
  const { artifacts: read } = await client.read(names.map(({ reference }) => reference));
  const parts = names.map(({ system, reference }): ReadPart => {
    const found = read.find((each) => each.reference === reference);
    const isThere = found !== undefined && (found.digest !== "" || found.problems.length > 0);
    const record = isThere ? parseReleaseRecord(recordText(found, reference), reference) : undefined;
    return { system, reference, record };
  });
  return { parts, read };
}

type Judging = {
  readonly record: ReleaseRecord;
  readonly found: FoundParts;
  readonly named: NamedPolicy;
  readonly files: PlatformFiles;
  readonly environment: Environment;
};

/**
 * Why what the registry says of the parts lets no alias move. Throws VerificationFailedError where the parts are not what the
 * policy demands of every release.
 */
async function judgedReasons(
  given: ReleaseSource,
  client: RegistryClient,
  prefix: string,
  { record, found, named, files, environment }: Judging,
): Promise<HeldReason[]> {
  const { policy, name } = named;
  try {
    requireKeys(policy, name);
  } catch (error) {
    // Without anybody to trust, evidence in a registry proves nothing: the parts can be joined, and not be believed.
    if (error instanceof ReleasePolicyError) return [untrustedReason(name)];
    throw error;
  }
  const scanRules = policy.require.image.includes("scan") ? await readScanRules(given, named) : undefined;
  const artifacts = expectedArtifacts(record, prefix);
  const content = await client.read(artifacts.map(({ reference }) => reference));
  const tools = { lock: files.lock, programs: given.programs };
  const answers = [artifacts, found.parts].map((all) => client.answer(all.map(({ reference }) => reference)));
  const signers = await identifySigners(given, tools, policy, answers);
  const records = found.read.map(({ reference, digest }) => {
    return { reference, expected: { kind: "record" as const, name: reference, digest } };
  });
  const all = [...artifacts, ...records].map((each) =>
    judgeRead(each, [...content.artifacts, ...found.read], policy, scanRules, signers),
  );
  const failures = all.flatMap(({ judgement }) => judgement.failures);
  if (failures.length > 0) throw new VerificationFailedError(failures, verificationTable(all, 0));
  const isTested = (system: string) =>
    files.platform.charts.some((chart) => chart.system === system && chart.environments[environment] !== undefined);
  const tested = demanding(policy, ["test"]);
  const untested = [...record.images, ...record.charts].flatMap(({ system, digest }) => {
    const each = artifacts.find(({ expected }) => expected.digest === digest);
    if (!isTested(system) || each === undefined) return [];
    return judgeRead(each, content.artifacts, tested, scanRules, signers).judgement.failures.length === 0
      ? []
      : [system];
  });
  return untested.length === 0 ? [] : [untestedReason(environment, [...new Set(untested)])];
}

function partsOfRecord(record: ReleaseRecord, prefix: string, tags: ReleaseTags): Part[] {
  const part = (kind: Part["kind"], of: readonly Tag[]) => (each: ReleaseRecord["images"][number]) => {
    return { kind, name: each.name, repository: `${prefix}/${each.repository}`, digest: each.digest, tags: of };
  };
  const charts = record.charts.map(({ name, system, repository, digest }) => ({ name, system, repository, digest }));
  return [...record.images.map(part("image", tags.image)), ...charts.map(part("chart", tags.chart))];
}

function notesOf({ parts }: FoundParts, signing: SigningKey | undefined): string[] {
  const systems = parts.map(({ system }) => system).join(", ");
  return [
    `joined: ${systems}`,
    ...(signing === undefined
      ? ["skipped: the signature of the record, for there is neither --signing-key nor --identity-token"]
      : []),
  ];
}

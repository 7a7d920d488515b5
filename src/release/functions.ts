/** The functions of the module that concern releases, over the platform that the constructor was given. */
import { randomUUID } from "node:crypto";

import type { Directory, File } from "@dagger.io/dagger";

import { buildChartDependencies } from "../charts/functions.ts";
import { validateCharts } from "../charts/validate.ts";
import { recordedPass } from "../cluster/smoke.ts";
import { buildPlatform, type PlatformSource, readFiles } from "../images/functions.ts";
import { TagTakenError } from "../images/publish.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { imageTags } from "../images/tags.ts";
import { PipelineError } from "../report/errors.ts";
import { assembleRelease, INPUTS, manifestFile, type Part } from "./assemble.ts";
import { attachEvidence, gatherEvidence } from "./evidence.ts";
import type { OciObject } from "./oci.ts";
import { isDone, type PlannedTag, planPublish, type PublishPlan, questionsOf, refusalsOf, tagPhases } from "./plan.ts";
import { publishReport } from "./plan-report.ts";
import { readPublishRules } from "./policy-source.ts";
import { registryClient, type ReleaseRegistry } from "./registry.ts";
import { checkRequired, SmokeMissingError } from "./requirements.ts";
import { checkScans } from "./scan-report.ts";
import type { SigningKey } from "./signing.ts";
import type { SmokePass } from "./statements.ts";

const SCAN_SKIPPED = "skipped: scan, for there is no vulnerability database in this run";

const ANY_COMMIT = "0".repeat(40);

/** The platform, and the sources of the module's own programs. */
export type ReleaseSource = PlatformSource & {
  readonly programs: Directory;
  readonly chartPrograms: Directory;
  readonly clusterPrograms: Directory;
};

/** What `publish` was asked for, besides the registry. */
export type PublishRequest = {
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
  readonly dryRun: boolean;
  /** Evidence without which nothing is published: smoke, signature. */
  readonly require: readonly string[];
  readonly signing?: SigningKey | undefined;
  /** Archive of known vulnerabilities that images are looked up in; nothing: none is. */
  readonly scanDatabase?: File | undefined;
};

/**
 * Publishes a platform as one transaction and returns a table of what moved; what can be refused before a build is refused
 * then. Everything is pushed by digest first, then evidence, then tags that never move, and aliases last.
 */
export async function publishRelease(
  given: ReleaseSource,
  registry: ReleaseRegistry,
  request: PublishRequest,
): Promise<string> {
  checkRegistryPrefix(registry.prefix);
  checkRequired(request);
  // Aliases do not depend on the commit, which is known later: those that are refused are refused before a build.
  imageTags(ANY_COMMIT, request.ref, request.tags, request.defaultBranch);
  const nonce = randomUUID();
  const { scanDatabase } = request;
  const rules =
    scanDatabase === undefined ? undefined : await readPublishRules(given, request.require.includes("scan"));
  // The gates stand before everything: where one is red, nothing is pushed.
  const [build, charts, smoke] = await Promise.all([
    buildPlatform(given),
    buildChartDependencies(given),
    smokePass(given, request.require.includes("smoke")),
    validateCharts({ ...given, programs: given.chartPrograms }),
  ]);
  const tags = imageTags(build.revision.commit, request.ref, request.tags, request.defaultBranch);
  const release = await assembleRelease(build, charts, registry.prefix, tags);
  const { platformPath, programs } = given;
  const scan =
    scanDatabase === undefined || rules === undefined ? undefined : { database: scanDatabase, vex: rules.vex };
  const source = { build, platformPath, programs, key: request.signing, smoke, nonce, scan };
  const client = registryClient(build.lock, given.programs, registry, nonce);
  const { references, subjects } = questionsOf(release.parts);
  const [gathered, state] = await Promise.all([gatherEvidence(release, source), client.state(references, subjects)]);
  const scanned = rules === undefined ? SCAN_SKIPPED : checkScans(gathered.scans, rules);
  const plan = planPublish(release.parts, gathered.evidence, state);
  const refusals = refusalsOf(plan);
  if (refusals.length > 0) throw new TagTakenError(refusals);
  const telling = { dryRun: request.dryRun, pushedBytes: 0, notes: [...notesOf(smoke, request.signing), scanned] };
  if (request.dryRun || isDone(plan)) return publishReport(plan, telling);
  const attached = await attachEvidence(plan.attach, gathered, source);
  const phases = phasesOf(plan, release.parts, attached.objects);
  const inputs = release.inputs.withDirectory("/", attached.inputs);
  return publishReport(plan, { ...telling, pushedBytes: await client.apply({ phases, inputs }) });
}

/** The pass of the smoke test, where there is one. Throws SmokeMissingError. */
async function smokePass(given: ReleaseSource, isRequired: boolean): Promise<SmokePass | undefined> {
  const environment = "dev";
  const { platform } = await readFiles(given);
  const has = platform.charts.some(({ environments }) => environments[environment] !== undefined);
  const source = { ...given, programs: given.clusterPrograms };
  const asked = has ? recordedPass(source, { environment, chart: "", force: false }) : undefined;
  const pass = await asked?.catch((error: unknown) => {
    // What cannot be tested has not passed: that is the caller's to demand, and no reason to publish nothing.
    if (!isRequired && error instanceof PipelineError && error.kind === "gate") return undefined;
    throw error;
  });
  if (pass === undefined && isRequired) throw new SmokeMissingError(environment);
  return pass === undefined ? undefined : { environment, ...pass };
}

function notesOf(smoke: SmokePass | undefined, signing: SigningKey | undefined): string[] {
  return [
    smoke === undefined
      ? "skipped: test result, for no pass of the smoke test is recorded for these images and charts"
      : `smoke test: passed in ${smoke.environment}, as recorded`,
    ...(signing === undefined ? ["skipped: signatures, for there is no --signing-key"] : []),
  ];
}

function phasesOf(plan: PublishPlan, parts: readonly Part[], evidence: readonly OciObject[]): unknown[] {
  const pushing = new Set(plan.push.map(({ repository, digest }) => `${repository}@${digest}`));
  const objects = parts.filter(({ repository, digest }) => pushing.has(`${repository}@${digest}`)).map(objectOf);
  return [
    { objects },
    { objects: evidence.map(pushed) },
    ...tagPhases(plan).map((tags) => ({ tags: tags.map(tagOf) })),
  ];
}

function objectOf({ repository, digest, archive, object }: Part) {
  return object === undefined ? { repository, digest, archive } : pushed(object);
}

function pushed({ repository, digest, files }: OciObject) {
  return { repository, digest, manifest: `${INPUTS}/${manifestFile(digest)}`, files };
}

function tagOf({ artifact, tag, existing }: PlannedTag) {
  return { repository: artifact.repository, name: tag.name, digest: artifact.digest, expected: existing };
}

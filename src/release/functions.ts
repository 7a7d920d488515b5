/** The functions of the module that concern releases, over the platform that the constructor was given. */
import { randomUUID } from "node:crypto";

import type { File } from "@dagger.io/dagger";

import { buildChartDependencies } from "../charts/functions.ts";
import { validateCharts } from "../charts/validate.ts";
import { buildPlatform } from "../images/functions.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { imageTags } from "../images/tags.ts";
import type { Environment } from "../platform/environments.ts";
import { reasonsToHold } from "./alias-gates.ts";
import { assembleRelease } from "./assemble.ts";
import { gatherEvidence } from "./evidence.ts";
import { gitopsFindings, platformName, type ReleaseSource, type SmokeState, smokeState } from "./gates.ts";
import { readPublishRules } from "./policy-source.ts";
import { registryClient, type ReleaseRegistry } from "./registry.ts";
import { heldBack, releaseTags } from "./release-tags.ts";
import { checkRequired } from "./requirements.ts";
import { checkScans } from "./scan-report.ts";
import type { SigningKey } from "./signing.ts";
import { askState, carryOut } from "./transaction.ts";

const SCAN_SKIPPED = "skipped: scan, for there is no vulnerability database in this run";

/** Stands for the commit where only the names of aliases are asked for. */
export const ANY_COMMIT = "0".repeat(40);

/** What `publish` was asked for, besides the registry. */
export type PublishRequest = {
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
  /** Environment whose smoke test must have passed before an alias moves; nothing: dev. */
  readonly environment?: Environment;
  readonly dryRun: boolean;
  /** Evidence without which nothing is published: smoke, signature. */
  readonly require: readonly string[];
  readonly signing?: SigningKey | undefined;
  /** Archive of known vulnerabilities that images are looked up in; nothing: none is. */
  readonly scanDatabase?: File | undefined;
};

/**
 * Publishes a platform as one transaction and returns a table of what moved; what can be refused before a build is refused
 * then. Everything is pushed by digest first, then evidence, then tags that never move, and aliases last, where every gate
 * is green. Some systems alone are a part of a release, with a record of their own each.
 */
export async function publishRelease(
  given: ReleaseSource,
  registry: ReleaseRegistry,
  request: PublishRequest,
): Promise<string> {
  checkRegistryPrefix(registry.prefix);
  checkRequired(request);
  const tagsOf = (commit: string) => imageTags(commit, request.ref, request.tags, request.defaultBranch);
  // Aliases do not depend on the commit, which is known later: those that are refused are refused before a build.
  const hasAliases = tagsOf(ANY_COMMIT).length > 1;
  const isPart = (given.only ?? []).length > 0;
  const nonce = randomUUID();
  const { scanDatabase, environment = "dev", signing: key } = request;
  const rules =
    scanDatabase === undefined ? undefined : await readPublishRules(given, request.require.includes("scan"));
  // The gates stand before everything: where one of these is red, nothing is pushed, or no alias moves.
  const [build, charts, smoke, gitops] = await Promise.all([
    buildPlatform(given),
    buildChartDependencies(given),
    smokeState(given, environment, request.require.includes("smoke")),
    hasAliases && !isPart ? gitopsFindings(given) : [],
    validateCharts({ ...given, programs: given.chartPrograms }),
  ]);
  const { commit } = build.revision;
  const tags = tagsOf(commit);
  const own = reasonsToHold({ environment, smoke: outcomeOf(smoke), gitops, isPart: false });
  const named = releaseTags(commit, own.length === 0 ? tags : tags.slice(0, 1), isPart ? "part" : "whole");
  const release = await assembleRelease(
    build,
    charts,
    registry.prefix,
    named,
    isPart ? await platformName(given) : undefined,
  );
  const { platformPath, programs } = given;
  const scan =
    scanDatabase === undefined || rules === undefined ? undefined : { database: scanDatabase, vex: rules.vex };
  const source = { build, platformPath, programs, key, smoke: smoke.pass, nonce, scan };
  const client = registryClient(build.lock, given.programs, registry, nonce);
  const [gathered, state] = await Promise.all([gatherEvidence(release, source), askState(client, release.parts)]);
  const scanned = rules === undefined ? SCAN_SKIPPED : checkScans(gathered.scans, rules);
  const held = heldBack(tags, reasonsToHold({ environment, smoke: outcomeOf(smoke), gitops, isPart }));
  const telling = { dryRun: request.dryRun, heldBack: held, notes: [...notesOf(smoke, key), scanned] };
  const signer = { tools: { lock: build.lock, programs }, key, nonce };
  return carryOut(client, state, { release, gathered, signer, telling });
}

function outcomeOf({ isConfigured, pass }: SmokeState) {
  if (!isConfigured) return "nothing to test";
  return pass === undefined ? "no pass" : "passed";
}

function notesOf(smoke: SmokeState, signing: SigningKey | undefined): string[] {
  const tested = {
    passed: `smoke test: passed in ${smoke.environment}, as recorded`,
    "no pass": "skipped: test result, for no pass of the smoke test is recorded for these images and charts",
    "nothing to test": `skipped: test result, for no chart is installed in ${smoke.environment}; that holds no alias back`,
  };
  return [
    tested[outcomeOf(smoke)],
    ...(signing === undefined ? ["skipped: signatures, for there is neither --signing-key nor --identity-token"] : []),
  ];
}

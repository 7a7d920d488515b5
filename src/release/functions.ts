/** The functions of the module that concern releases, over the platform that the constructor was given. */
import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";

import { buildChartDependencies } from "../charts/functions.ts";
import { validateCharts } from "../charts/validate.ts";
import { buildPlatform, type PlatformSource } from "../images/functions.ts";
import { TagTakenError } from "../images/publish.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { imageTags } from "../images/tags.ts";
import { assembleRelease, INPUTS, manifestFile, type Part } from "./assemble.ts";
import { isDone, type PlannedTag, planPublish, type PublishPlan, questionsOf, refusalsOf, tagPhases } from "./plan.ts";
import { publishReport } from "./plan-report.ts";
import { registryClient, type ReleaseRegistry } from "./registry.ts";

/** The platform, and the sources of the module's own programs. */
export type ReleaseSource = PlatformSource & { readonly programs: Directory; readonly chartPrograms: Directory };

/** What `publish` was asked for, besides the registry. */
export type PublishRequest = {
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
  readonly dryRun: boolean;
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
  // The gates stand before everything: where one is red, nothing is pushed.
  const [build, charts] = await Promise.all([
    buildPlatform(given),
    buildChartDependencies(given),
    validateCharts({ ...given, programs: given.chartPrograms }),
  ]);
  const tags = imageTags(build.revision.commit, request.ref, request.tags, request.defaultBranch);
  const release = await assembleRelease(build, charts, registry.prefix, tags);
  const client = registryClient(build.lock, given.programs, registry, randomUUID());
  const { references, subjects } = questionsOf(release.parts);
  const plan = planPublish(release.parts, [], await client.state(references, subjects));
  const refusals = refusalsOf(plan);
  if (refusals.length > 0) throw new TagTakenError(refusals);
  const telling = { dryRun: request.dryRun, pushedBytes: 0, notes: [] };
  if (request.dryRun || isDone(plan)) return publishReport(plan, telling);
  const pushedBytes = await client.apply({ phases: phasesOf(plan, release.parts), inputs: release.inputs });
  return publishReport(plan, { ...telling, pushedBytes });
}

function phasesOf(plan: PublishPlan, parts: readonly Part[]): unknown[] {
  const pushing = new Set(plan.push.map(({ repository, digest }) => `${repository}@${digest}`));
  const objects = parts.filter(({ repository, digest }) => pushing.has(`${repository}@${digest}`)).map(objectOf);
  return [{ objects }, ...tagPhases(plan).map((tags) => ({ tags: tags.map(tagOf) }))];
}

function objectOf({ repository, digest, archive, object }: Part) {
  if (object === undefined) return { repository, digest, archive };
  return { repository, digest, manifest: `${INPUTS}/${manifestFile(digest)}`, files: object.files };
}

function tagOf({ artifact, tag, existing }: PlannedTag) {
  return { repository: artifact.repository, name: tag.name, digest: artifact.digest, expected: existing };
}

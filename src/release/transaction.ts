/** Carries out the plan of a publish: objects by digest, then evidence, then tags that never move, and aliases last. */
import { TagTakenError } from "../images/tags.ts";
import { INPUTS, manifestFile, type Part, type Release } from "./assemble.ts";
import { attachEvidence, type GatheredEvidence, type Signer } from "./evidence.ts";
import type { OciObject } from "./oci.ts";
import { isDone, planPublish, type PlannedTag, type PublishPlan, questionsOf, refusalsOf, tagPhases } from "./plan.ts";
import { publishReport, type Telling } from "./plan-report.ts";
import type { RegistryClient } from "./registry.ts";
import type { RegistryState } from "./registry-answers.ts";

/** What is published, and what is said of it. */
export type Publication = {
  readonly release: Pick<Release, "parts" | "inputs">;
  readonly gathered: Pick<GatheredEvidence, "evidence" | "statements" | "manifestBytes">;
  readonly signer: Signer;
  readonly telling: Omit<Telling, "pushedBytes">;
};

/** Asks a registry what it has of a release. */
export async function askState(client: RegistryClient, parts: readonly Part[]): Promise<RegistryState> {
  const { references, subjects } = questionsOf(parts);
  return client.state(references, subjects);
}

/**
 * Publishes what the registry lacks and returns a table. Throws TagTakenError, and then nothing was moved.
 *
 * @param state What the registry has now.
 */
export async function carryOut(client: RegistryClient, state: RegistryState, given: Publication): Promise<string> {
  const { release, gathered, signer, telling } = given;
  const plan = planPublish(release.parts, gathered.evidence, state);
  const refusals = refusalsOf(plan);
  if (refusals.length > 0) throw new TagTakenError(refusals);
  if (telling.dryRun || isDone(plan)) return publishReport(plan, { ...telling, pushedBytes: 0 });
  const attached = await attachEvidence(plan.attach, gathered, signer);
  const phases = phasesOf(plan, release.parts, attached.objects);
  const inputs = release.inputs.withDirectory("/", attached.inputs);
  return publishReport(plan, { ...telling, pushedBytes: await client.apply({ phases, inputs }) });
}

/**
 * Gives what a plan moves, in the order in which it moves.
 *
 * @param parts All that the plan is about, and how each is pushed.
 * @param evidence What is attached.
 */
export function phasesOf(plan: PublishPlan, parts: readonly Part[], evidence: readonly OciObject[]): unknown[] {
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

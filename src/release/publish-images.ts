/** Publishes the images of a platform alone, as a release is published: by digest, then tags that never move, and aliases last. */
import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";

import { buildPlatform, checkedCommit, type PlatformSource } from "../images/functions.ts";
import { checkRegistryPrefix } from "../images/registry-prefix.ts";
import { imageTags, TagTakenError } from "../images/tags.ts";
import { renderTable } from "../report/table.ts";
import { imageInputs, imagePart } from "./assemble.ts";
import { isDone, planPublish, type PublishPlan, questionsOf, refusalsOf } from "./plan.ts";
import { registryClient, type ReleaseRegistry } from "./registry.ts";
import { phasesOf } from "./transaction.ts";

/** What `publish-images` was asked for, besides the registry. */
export type ImagesRequest = {
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
};

/**
 * Builds and publishes all images and returns a table of tags, those that were set and those that were there already; what can
 * be refused before a build is refused then.
 *
 * Throws TagTakenError before anything is pushed when a tag that never moves has another image, and RegistryError when the
 * registry cannot be used.
 *
 * @param given The platform, and src/release/programs.
 */
export async function publishImages(
  given: PlatformSource & { readonly programs: Directory },
  registry: ReleaseRegistry,
  { tags: aliases, ref, defaultBranch }: ImagesRequest,
): Promise<string> {
  checkRegistryPrefix(registry.prefix);
  const tags = imageTags(await checkedCommit(given), ref, aliases, defaultBranch);
  const { lock, images } = await buildPlatform(given);
  const parts = images.map((image) => imagePart(image, registry.prefix, tags));
  const client = registryClient(lock, given.programs, registry, randomUUID());
  const plan = planPublish(parts, [], await client.state(questionsOf(parts).references, []));
  const refusals = refusalsOf(plan);
  if (refusals.length > 0) throw new TagTakenError(refusals);
  if (!isDone(plan)) await client.apply({ phases: phasesOf(plan, parts, []), inputs: imageInputs(images) });
  return tagTable(plan);
}

function tagTable({ tags }: PublishPlan): string {
  const rows = tags.map(({ artifact, tag, decision }) => [
    ...[artifact.name, tag.name, `${artifact.repository}@${artifact.digest}`],
    decision.kind === "set" ? "set" : decision.reason,
  ]);
  return renderTable([{ heading: "IMAGE" }, { heading: "TAG" }, { heading: "REFERENCE" }, { heading: "STATE" }], rows);
}

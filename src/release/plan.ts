/** Decides what a publish moves, from what a release is and what the registry has. Nothing is moved here. */
import { decideTag, type Tag, type TagDecision } from "../images/tags.ts";
import type { RegistryState } from "./registry-answers.ts";

/** Kinds of what a release consists of. */
export type ArtifactKind = "image" | "chart" | "record";

/** Something that is published under a digest and some tags. */
export type Artifact = {
  readonly kind: ArtifactKind;
  readonly name: string;
  /** Registry and path, without tag and digest. */
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly Tag[];
};

/** Evidence about an artifact, known by what it says and who signs it. */
export type Evidence = {
  readonly artifact: Artifact;
  readonly kind: string;
  /** Digest of the statement's text. */
  readonly statement: string;
  /** Name of the key that signs, or UNSIGNED. */
  readonly key: string;
};

/** Annotations that say what is attached, so that a list of referrers is enough to plan. They prove nothing: verify reads. */
export const STATEMENT_ANNOTATION = "slipway.statement";
/** Annotation that names the key of a signature. */
export const KEY_ANNOTATION = "slipway.key";
/** Name in place of a key where nothing is signed. */
export const UNSIGNED = "unsigned";

/** A tag of a plan. */
export type PlannedTag = {
  readonly artifact: Artifact;
  readonly tag: Tag;
  /** Digest that the registry has under it now; empty: none. */
  readonly existing: string;
  readonly decision: TagDecision;
};

/** What a publish would do, in the order in which it would. */
export type PublishPlan = {
  readonly push: readonly Artifact[];
  readonly there: readonly Artifact[];
  readonly attach: readonly Evidence[];
  readonly attached: readonly Evidence[];
  /** Tags that never move, then aliases, each with the release record last. */
  readonly tags: readonly PlannedTag[];
};

/** What has to be asked of a registry before a plan can be made. */
export function questionsOf(artifacts: readonly Artifact[]): {
  readonly references: readonly string[];
  readonly subjects: readonly string[];
} {
  const pinned = artifacts.map(({ repository, digest }) => `${repository}@${digest}`);
  const tagged = artifacts.flatMap(({ repository, tags }) => tags.map(({ name }) => `${repository}:${name}`));
  return { references: [...pinned, ...tagged], subjects: pinned };
}

/** Plans a publish. */
export function planPublish(
  artifacts: readonly Artifact[],
  evidence: readonly Evidence[],
  state: RegistryState,
): PublishPlan {
  const isThere = ({ repository, digest }: Artifact) => state.digests[`${repository}@${digest}`] !== undefined;
  const isAttached = ({ artifact, statement, key }: Evidence) =>
    (state.referrers[`${artifact.repository}@${artifact.digest}`] ?? []).some(
      ({ annotations }) => annotations[STATEMENT_ANNOTATION] === statement && annotations[KEY_ANNOTATION] === key,
    );
  const tags = artifacts.flatMap((artifact) => artifact.tags.map((tag) => plannedTag(artifact, tag, state)));
  return {
    push: artifacts.filter((artifact) => !isThere(artifact)),
    there: artifacts.filter(isThere),
    attach: evidence.filter((each) => !isAttached(each)),
    attached: evidence.filter(isAttached),
    tags: [...tags].sort((a, b) => orderOf(a) - orderOf(b)),
  };
}

/** Tags that must not be set, one line each; nothing of such a plan may be done. */
export function refusalsOf({ tags }: PublishPlan): string[] {
  return tags.flatMap(({ artifact, tag, decision }) =>
    decision.kind === "refuse" ? [`${artifact.repository}:${tag.name} ${decision.reason}`] : [],
  );
}

/** True if the registry has everything already. */
export function isDone({ push, attach, tags }: PublishPlan): boolean {
  return push.length === 0 && attach.length === 0 && tags.every(({ decision }) => decision.kind === "keep");
}

/** Tags to set, in groups that follow each other: an alias moves when all else is there. */
export function tagPhases({ tags }: PublishPlan): PlannedTag[][] {
  const setting = tags.filter(({ decision }) => decision.kind === "set");
  const orders = [...new Set(setting.map(orderOf))];
  return orders.map((order) => setting.filter((each) => orderOf(each) === order));
}

function orderOf({ artifact, tag }: PlannedTag): number {
  return (tag.moves ? 2 : 0) + (artifact.kind === "record" ? 1 : 0);
}

function plannedTag(artifact: Artifact, tag: Tag, { digests }: RegistryState): PlannedTag {
  const existing = digests[`${artifact.repository}:${tag.name}`];
  return { artifact, tag, existing: existing ?? "", decision: decideTag(tag, artifact.digest, existing) };
}

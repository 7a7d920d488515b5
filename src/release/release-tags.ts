/** Decides which tags each kind of artifact of a release gets, and which it does not get yet. */
import type { Tag } from "../images/tags.ts";
import { type ChartVersion, chartVersion } from "./chart-package.ts";
import { recordTags } from "./release-record.ts";

/** Tags of a release, by the kind of what bears them. */
export type ReleaseTags = {
  readonly version: ChartVersion;
  readonly image: readonly Tag[];
  readonly chart: readonly Tag[];
  readonly record: readonly Tag[];
};

/**
 * How far a release goes: whole; a part of one, which only gets what never moves and is no one's but its own; or held back,
 * which gets nothing but the names of its commit.
 */
export type ReleaseScope = "whole" | "part" | "held back";

/**
 * Gives the tags of a release.
 *
 * @param commit Full Git commit.
 * @param tags Tags of the images, the commit's own first.
 */
export function releaseTags(commit: string, tags: readonly Tag[], scope: ReleaseScope): ReleaseTags {
  const version = chartVersion(commit, tags);
  const record = recordTags(tags, version.version);
  const own = { name: version.version, moves: false };
  if (scope === "whole") return { version, image: tags, chart: [own], record };
  const [ofCommit] = tags;
  const isOfCommit = ({ name }: Tag) => name === ofCommit?.name;
  return {
    version,
    image: tags.slice(0, 1),
    // The version of a release is an alias of it, unlike the one that says the commit.
    chart: tags.some(({ name }) => name === own.name) ? [] : [own],
    record: scope === "part" ? record.filter(({ moves }) => !moves) : record.filter(isOfCommit),
  };
}

/** Why aliases stay where they are, and what to do. */
export type HeldReason = { readonly reason: string; readonly next: string };

/** Aliases that were asked for and are not set. */
export type HeldBack = { readonly aliases: readonly string[]; readonly reasons: readonly HeldReason[] };

/** Aliases that reasons hold back: all but the commit's own tag, or none where there is no reason. */
export function heldBack(tags: readonly Tag[], reasons: readonly HeldReason[]): HeldBack {
  const aliases = reasons.length === 0 ? [] : tags.slice(1).map(({ name }) => name);
  return { aliases, reasons: aliases.length === 0 ? [] : reasons };
}

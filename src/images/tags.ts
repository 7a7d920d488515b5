/** Decides which tags an image gets and whether a tag may be set. */
import { PipelineError } from "../report/errors.ts";

/** A tag, and whether it may later point to another image. */
export type Tag = {
  readonly name: string;
  /** `edge` moves with the default branch; `sha-` tags and versions never move (Y-17, Y-18). */
  readonly moves: boolean;
};

/** A tag or revision that must not be published. */
export class TagRefusedError extends PipelineError {
  override readonly name = "TagRefusedError";
  constructor(problem: string, nextStep: string) {
    super("config", problem, nextStep);
  }
}

/** A tag that must not move has another image already. */
export class TagTakenError extends PipelineError {
  override readonly name = "TagTakenError";
  constructor(refusals: readonly string[]) {
    super(
      "gate",
      `the registry has other images under tags that never move:\n${refusals.map((line) => `  ${line}`).join("\n")}`,
      "build the commit that the tag names from a clean checkout with the same image lock, or publish another commit; nothing was tagged",
    );
  }
}

// OCI distribution specification 1.1, "Pulling manifests": the form of a tag.
const TAG_FORM = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REVISION_FORM = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
// Semantic Versioning 2.0.0; build metadata is left out because a tag cannot hold a plus sign.
const VERSION_FORM = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * Gives the tags of an image: `sha-<revision>` always and first, then what `ref` stands for (`edge` for the default
 * branch, `1.2.3` for the Git tag `v1.2.3`), then the aliases asked for; none twice (Y-17).
 *
 * Throws TagRefusedError for a revision that is no full Git commit, for `latest`, for a tag that no registry takes, and
 * for an alias that would pass for another commit.
 *
 * @param revision Full Git commit, 40 or 64 lower-case hexadecimal digits.
 * @param ref Git ref that is published, for example `refs/heads/main` or `refs/tags/v1.2.3`; nothing: no ref.
 * @param aliases Further tags; `v1.2.3` is taken as `1.2.3`.
 * @param defaultBranch Branch whose builds are tagged `edge`.
 */
export function imageTags(
  revision: string,
  ref: string | undefined,
  aliases: readonly string[],
  defaultBranch = "main",
): Tag[] {
  if (!REVISION_FORM.test(revision)) {
    throw new TagRefusedError(
      `images are published under the commit that they were built from, and the revision is "${revision}"`,
      "pass --revision with the full commit (git rev-parse HEAD), 40 or 64 hexadecimal digits",
    );
  }
  const tags: Tag[] = [{ name: `sha-${revision}`, moves: false }];
  const names = [...aliasOfRef(ref, defaultBranch), ...aliases].map(checkedAlias);
  for (const name of names) {
    if (!tags.some((tag) => tag.name === name)) tags.push({ name, moves: !VERSION_FORM.test(name) });
  }
  return tags;
}

/** What to do with a tag, given what the registry has under it. */
export type TagDecision =
  | { readonly kind: "set" }
  | { readonly kind: "keep"; readonly reason: string }
  | { readonly kind: "refuse"; readonly reason: string };

/**
 * Decides whether a tag may be set: a new one may, one that has this image already is kept, one that has another image
 * is moved when it is an alias that moves and refused otherwise (Y-18).
 *
 * @param tag The tag.
 * @param digest Digest of the image to publish.
 * @param existing Digest that the registry has under the tag; nothing: the tag does not exist.
 */
export function decideTag(tag: Tag, digest: string, existing: string | undefined): TagDecision {
  if (existing === undefined) return { kind: "set" };
  if (existing === digest) return { kind: "keep", reason: "already there with the same digest" };
  if (tag.moves) return { kind: "set" };
  return { kind: "refuse", reason: `has ${existing} already, and this build is ${digest}` };
}

function aliasOfRef(ref: string | undefined, defaultBranch: string): string[] {
  if (ref === undefined || ref === "") return [];
  if (ref === `refs/heads/${defaultBranch}` || ref === defaultBranch) return ["edge"];
  const tag = ref.replace(/^refs\/tags\//, "");
  return /^v\d/.test(tag) ? [tag] : [];
}

function checkedAlias(alias: string): string {
  const name = /^v\d/.test(alias) ? alias.slice(1) : alias;
  if (name === "latest") {
    throw new TagRefusedError(
      `the tag "latest" says nothing of what it holds, so it is never published (Y-18)`,
      "leave it out; deploy by digest, or use edge or a version",
    );
  }
  if (!TAG_FORM.test(name)) {
    throw new TagRefusedError(
      `"${alias}" is no tag`,
      "use up to 128 letters, digits, dots, dashes and underscores, with a letter, digit or underscore first",
    );
  }
  if (name.startsWith("sha-")) {
    throw new TagRefusedError(
      `"${alias}" looks like the tag of a commit, and only the commit that was built gets one`,
      "leave it out; sha-<revision> is always set",
    );
  }
  return name;
}

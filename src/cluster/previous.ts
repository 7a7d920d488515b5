/** Finds what was released before: in the history that comes with the source, or where the caller says. */
import { dag, type Directory, ReturnType } from "@dagger.io/dagger";

import type { PlatformSource } from "../images/functions.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";

/** What the caller says of the release before; nothing: the history tells. */
export type GivenPrevious = {
  readonly source?: Directory | undefined;
  /** Commit, tag or branch that the source's .git holds; "" for none. */
  readonly commit: string;
};

/** The platform as it was before, and where that comes from. */
export type Previous = {
  readonly given: PlatformSource;
  /** True where there is nothing older. */
  readonly isSame: boolean;
  /** What it is, in words. */
  readonly description: string;
};

/** The source's history does not hold the commit that was named. */
export class PreviousCommitError extends PipelineError {
  override readonly name = "PreviousCommitError";
  constructor(commit: string, said: string) {
    super(
      "config",
      `the source's .git does not hold ${commit} as a whole: ${said}`,
      "name a commit that it holds, fetch the whole history, or pass --previous with the directory of the earlier source",
    );
  }
}

// History is asked for what the release is made of alone: the state before its last change is what was there before.
const SCRIPT = `set -u
ask() { git --git-dir=/repository "$@"; }
if [ -n "$COMMIT" ]; then
  found=$(ask rev-parse --verify --quiet "$COMMIT^{commit}") || { echo "it names no commit" >&2; exit 1; }
else
  changed=$(ask log -1 --format=%H "$REVISION" -- "$@") || exit 1
  [ -n "$changed" ] || { echo "no commit changed what is released" >&2; exit 1; }
  found=$(ask rev-parse --verify --quiet "$changed^") || { echo "what is released was never different" >&2; exit 1; }
fi
ask archive --output=/tmp/previous.tar "$found" && tar -x -f /tmp/previous.tar -C /previous && echo "$found"`;

/**
 * Finds the release before. Throws PreviousCommitError for a commit that was named and is not there; where history tells
 * nothing, this revision itself is what it is compared with, and the description says so.
 *
 * @param paths Files and folders of the source that the release is made of.
 */
export async function findPrevious(
  current: PlatformSource,
  revision: string,
  lock: ImageLock,
  paths: readonly string[],
  { source, commit }: GivenPrevious,
): Promise<Previous> {
  if (source !== undefined) {
    const given = { ...current, source, revision: "" };
    return { given, isSame: false, description: "the source that --previous names" };
  }
  const same = (reason: string): Previous => {
    return { given: current, isSame: true, description: `this revision itself, since ${reason}` };
  };
  if (!(await current.source.exists(".git/HEAD"))) {
    if (commit !== "") throw new PreviousCommitError(commit, "there is no .git");
    return same("the source comes without history");
  }
  const searched = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/repository", current.source.directory(".git"))
    .withDirectory("/previous", dag.directory())
    .withEnvVariable("REVISION", revision === "unknown" ? "HEAD" : revision)
    .withEnvVariable("COMMIT", commit)
    .withExec(["sh", "-c", SCRIPT, "previous", ...paths], { expect: ReturnType.Any });
  if ((await searched.exitCode()) !== 0) {
    const said = lastLines(await searched.stderr(), 1).join("");
    if (commit !== "") throw new PreviousCommitError(commit, said);
    return same(said === "" ? "its history cannot be read" : `its history says: ${said}`);
  }
  const found = (await searched.stdout()).trim();
  // With .git, so that images get the time of that commit.
  const tree = searched.directory("/previous").withDirectory(".git", current.source.directory(".git"));
  const meaning = commit === "" ? "the state before the last change of what is released" : `named as ${commit}`;
  return {
    given: { ...current, source: tree, revision: found },
    isSame: false,
    description: `commit ${found}, ${meaning}`,
  };
}

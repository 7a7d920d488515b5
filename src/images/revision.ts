/** Finds the commit that is built and its time, from the part of .git that comes with the source. */
import { type Directory, dag, ReturnType } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";

// git ends with 128 for a repository without the commit, be it empty, shallow or another one; the engine takes 128 to 191 for
// failures of its own, whatever it is told to expect.
const REFUSED = 10;
const SHOW = `git "$@" || { code=$?; if [ "$code" = 128 ]; then exit ${REFUSED}; fi; exit "$code"; }`;

/** The commit that is built. */
export type Revision = {
  /** Full Git commit, or `unknown`. */
  readonly commit: string;
  /** Seconds since 1970 of the commit, 0 where it is not known; all timestamps in images are this one. */
  readonly committedAtSeconds: number;
};

/**
 * Resolves the commit: `given`, or HEAD of the source. Where the source comes without .git, or .git does not hold the
 * commit, the time is 0 and the commit is `given` or `unknown`: such a build is reproducible, and publishing refuses
 * `unknown`.
 *
 * @param source The source directory; of .git only HEAD, refs, packed-refs and objects are read.
 * @param given Commit that the caller names; nothing: HEAD.
 * @param lock The image lock; its Go image holds git.
 */
export async function resolveRevision(
  source: Directory,
  given: string | undefined,
  lock: ImageLock,
): Promise<Revision> {
  const unknown = { commit: given ?? "unknown", committedAtSeconds: 0 };
  const show = ["--git-dir=/repository", "show", "--no-patch", "--format=%H %ct"];
  const shown = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/repository", source.directory(".git"))
    .withExec(["sh", "-c", SHOW, "git", ...show, `${given ?? "HEAD"}^{commit}`, "--"], { expect: ReturnType.Any });
  try {
    const [exitCode, printed] = await Promise.all([shown.exitCode(), shown.stdout()]);
    if (exitCode === REFUSED) return unknown;
    if (exitCode !== 0) throw new Error(`git ended with ${exitCode}: ${await shown.stderr()}`);
    const [commit, seconds] = printed.trim().split(" ");
    return commit === undefined || seconds === undefined ? unknown : { commit, committedAtSeconds: Number(seconds) };
  } catch (error) {
    // Asked only now, since nearly every source comes with it.
    if (await source.exists(".git/HEAD")) throw error;
    return unknown;
  }
}

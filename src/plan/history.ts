/** Asks the history that comes with the source what differs since a revision. What follows from it is in affected.ts. */
import { dag, type Directory, ReturnType } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";

/** What differs between a revision and the source. */
export type Difference = {
  /** Commit that was named. */
  readonly since: string;
  /** Paths that differ, those among them that are not committed. */
  readonly changed: readonly string[];
  /** Paths that differ between the two commits; files that the source comes without are not missed here. */
  readonly committed: readonly string[];
  /** Some files as they were; one that was not there is left out. */
  readonly texts: ReadonlyMap<string, string>;
};

/** The history of the source does not have what --since names. */
export class SinceError extends PipelineError {
  override readonly name = "SinceError";
  constructor(since: string, said: string) {
    super(
      "config",
      `--since ${since}: ${said}`,
      "name a commit, tag or branch that the source's .git holds; a checkout for CI needs its history (fetch-depth: 0)",
    );
  }
}

// A file that the source comes without was left out by whoever handed the source in, or taken away: it counts as changed.
// The index is one of HEAD, made here, since a checkout's own is no part of a source.
const SCRIPT = `set -eu
ask() { git --git-dir=/repository -c core.fileMode=true -c core.quotePath=false "$@"; }
since=$(ask rev-parse --verify --quiet --end-of-options "$SINCE^{commit}") || { echo "the history does not hold it" >&2; exit 64; }
ask rev-parse --verify --quiet "HEAD^{commit}" > /dev/null || { echo "the history does not hold HEAD" >&2; exit 64; }
mkdir -p ${RESULTS}/texts
echo "$since" > ${RESULTS}/since
ask diff --no-renames --name-only -z "$since" HEAD > ${RESULTS}/committed
export GIT_INDEX_FILE=/tmp/index
cd /source
ask read-tree HEAD
# Ends with 1 where a file differs, which is what is asked next.
ask --work-tree=/source update-index -q --refresh > /dev/null || [ $? = 1 ]
ask --work-tree=/source diff-files --no-renames --name-only -z > ${RESULTS}/uncommitted
ask --work-tree=/source ls-files --others -z >> ${RESULTS}/uncommitted
number=0
while IFS= read -r path; do
  number=$((number + 1))
  ask show "$since:$path" > "${RESULTS}/texts/$number" 2> /dev/null || rm -f "${RESULTS}/texts/$number"
done < /input/paths`;

/**
 * Finds what differs since a revision. Throws SinceError.
 *
 * @param paths Files that are wanted as they were.
 */
export async function differenceSince(
  source: Directory,
  lock: ImageLock,
  since: string,
  paths: readonly string[],
): Promise<Difference> {
  if (!(await source.exists(".git/HEAD"))) throw new SinceError(since, "the source comes without .git");
  const run = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/repository", source.directory(".git"))
    .withMountedDirectory("/source", source.withoutDirectory(".git"))
    .withMountedDirectory("/input", dag.directory().withNewFile("paths", paths.map((path) => `${path}\n`).join("")))
    .withEnvVariable("SINCE", since)
    .withExec(["sh", "-c", SCRIPT], { expect: ReturnType.Any });
  const exitCode = await run.exitCode();
  if (exitCode !== 0) throw new SinceError(since, lastLines(await run.stderr(), 2).join(" "));
  const out = run.directory(RESULTS);
  const [commit, committed, uncommitted, there] = await Promise.all([
    out.file("since").contents(),
    out.file("committed").contents(),
    out.file("uncommitted").contents(),
    out.directory("texts").entries(),
  ]);
  const texts = await Promise.all(
    there.map(async (name): Promise<[string, string]> => {
      return [paths[Number(name) - 1] ?? "", await out.file(`texts/${name}`).contents()];
    }),
  );
  const [listed, others] = [committed, uncommitted].map((text) => text.split("\0").filter((path) => path !== ""));
  return {
    since: commit.trim(),
    changed: [...new Set([...(listed ?? []), ...(others ?? [])])].sort(),
    committed: listed ?? [],
    texts: new Map(texts),
  };
}

// busybox has no find -printf.
const LINKS = `cd /source && find . -type l | while IFS= read -r link; do printf '%s\\n%s\\n' "\${link#./}" "$(readlink "$link")"; done`;

/** Symbolic links of the source, with where each leads. */
export async function linksOf(source: Directory, lock: ImageLock): Promise<ReadonlyMap<string, string>> {
  const printed = await dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/source", source.withoutDirectory(".git"))
    .withExec(["sh", "-c", LINKS])
    .stdout();
  const lines = printed.split("\n");
  return new Map(
    lines.flatMap((line, at) => (at % 2 === 0 && line !== "" ? [[line, lines[at + 1] ?? ""] as const] : [])),
  );
}

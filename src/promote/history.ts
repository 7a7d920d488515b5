/** Asks the history that comes with the source what commits hold. What follows from it is decided in revision-move.ts. */
import { dag, type Directory } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import type { History } from "./revision-move.ts";

// A commit or a path that is not there has no line. Every name is an argument or a line of a file, and none a part of this.
const SCRIPT = `set -eu
ask() { git --git-dir=/repository "$@"; }
head=$(ask rev-parse --verify --quiet "HEAD^{commit}") || exit 0
echo "HEAD $head"
{ echo "$head"; cat /input/commits; } | while IFS= read -r commit; do
  ask rev-parse --verify --quiet "$commit^{commit}" > /dev/null || continue
  while IFS= read -r path; do
    # The root of a commit has no name behind the colon.
    object=$(ask rev-parse --verify --quiet "$commit:\${path#.}") || continue
    echo "$object $commit $path"
  done < /input/paths
done`;

/**
 * Reads what commits hold at paths; nothing where the source comes without .git.
 *
 * @param commits Commits, tags and branches, as they are asked for later.
 */
export async function readHistory(
  source: Directory,
  lock: ImageLock,
  commits: readonly string[],
  paths: readonly string[],
): Promise<History | undefined> {
  if (!(await source.exists(".git/HEAD"))) return undefined;
  const lines = (all: readonly string[]) => [...new Set(all)].map((line) => `${line}\n`).join("");
  const input = dag.directory().withNewFile("commits", lines(commits)).withNewFile("paths", lines(paths));
  const printed = await dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/repository", source.directory(".git"))
    .withMountedDirectory("/input", input)
    .withExec(["sh", "-c", SCRIPT])
    .stdout();
  return parseHistory(printed);
}

/** Reads what the script printed: `HEAD <commit>`, then `<object> <commit> <path>`. */
function parseHistory(printed: string): History | undefined {
  const [first = "", ...rest] = printed.split("\n");
  if (!first.startsWith("HEAD ")) return undefined;
  const objects = new Map(
    rest
      .filter((line) => line !== "")
      .map((line) => {
        const [object = "", commit = "", ...path] = line.split(" ");
        return [`${commit} ${path.join(" ")}`, object];
      }),
  );
  return { head: first.slice("HEAD ".length), objectAt: (commit, path) => objects.get(`${commit} ${path}`) };
}

/** A source with a history, as a checkout has it, that tests commit to. */
import type { Directory, File } from "@dagger.io/dagger";

import { outsideImage } from "./slipway.ts";

const AUTHOR = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
const COMMIT = ["git", ...AUTHOR, "commit", "--quiet", "--message", "test"];

/** A checkout whose only commit holds a directory. The same directory gives the same commit. */
export async function committed(source: Directory): Promise<Directory> {
  return (await repository(source.withoutDirectory(".git")))
    .withExec(["git", "init", "--quiet", "--initial-branch", "main", "."])
    .withExec(["git", "add", "--all", "--force"])
    .withExec(COMMIT)
    .directory(".");
}

/** The checkout with another commit that a patch makes. */
export async function applied(checkout: Directory, patch: File): Promise<Directory> {
  return (await repository(checkout))
    .withMountedFile("/change.patch", patch)
    .withExec(["git", "apply", "/change.patch"])
    .withExec(["git", "add", "--all", "--force"])
    .withExec(COMMIT)
    .directory(".");
}

/** The checkout with another commit that holds all that a directory does. */
export async function changed(checkout: Directory, change: (source: Directory) => Directory): Promise<Directory> {
  return (await repository(change(checkout)))
    .withExec(["git", "add", "--all", "--force"])
    .withExec(COMMIT)
    .directory(".");
}

/** The commit that a checkout is at. */
export async function headOf(checkout: Directory): Promise<string> {
  return (await (await repository(checkout)).withExec(["git", "rev-parse", "HEAD"]).stdout()).trim();
}

async function repository(source: Directory) {
  return (await outsideImage("golang"))
    .withDirectory("/repository", source)
    .withWorkdir("/repository")
    .withEnvVariable("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
    .withEnvVariable("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
    .withExec(["git", "config", "--global", "--add", "safe.directory", "*"]);
}

/** Chooses the advice for a failed command from what can be measured, not from words in its output. */

import { statfs } from "node:fs/promises";

const FULL_BELOW_BYTES = 256 * 1024 * 1024;

const ADVICE: Readonly<Record<string, string>> = {
  "apt-get": "check that the Debian mirror of this machine answers (`apt-get update`), then start again",
  go: "check that the Go module proxy answers (`go env GOPROXY`), then start again; finished parts are kept",
  npm: "check that the npm registry answers (`npm ping`), then start again; finished parts are kept",
};
const GENERAL_ADVICE = "mend what the lines above name, then start again; finished parts are kept";

/** The folder a command worked in and its name decide. */
export async function nextStepFor(
  command: { readonly program: string; readonly folder?: string },
  surroundings: { readonly environment: Readonly<Record<string, string>> },
): Promise<string> {
  const folders = [command.folder, surroundings.environment.TMPDIR];
  for (const folder of folders) {
    const space = folder === undefined ? undefined : await statfs(folder).catch(() => undefined);
    if (folder !== undefined && space !== undefined && space.bavail * space.bsize < FULL_BELOW_BYTES) {
      return fullDiskAdvice(folder);
    }
  }
  return ADVICE[command.program] ?? GENERAL_ADVICE;
}

/** What to do when there is no room at a folder. */
export function fullDiskAdvice(folder: string): string {
  return `the disk is full at ${folder}: free some space there, or set SLIPWAY_CACHE to a folder on a larger disk`;
}

/** Tells whether an error is that of a write for which there was no room. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** Saves results so that nobody ever sees half of one: written beside the target, then renamed. */

import { lstat, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/** Writes into a path that does not exist yet. */
export type Writer = (unfinished: string) => Promise<unknown>;

/**
 * Saves a file; one that exists is replaced. A target that is a folder receives the file under `name`.
 *
 * @returns The path that was written.
 */
export async function saveFile(target: string, name: string, write: Writer): Promise<string> {
  const isFolder = (await kindOf(target)) === "directory";
  const file = isFolder ? path.join(target, name) : target;
  await beside(file, write, (unfinished) => rename(unfinished, file));
  return file;
}

/**
 * Saves a directory. One that exists keeps what the new one lacks, as with `dagger call`; each file changes at once.
 *
 * @returns The path that was written.
 */
export async function saveDirectory(target: string, write: Writer): Promise<string> {
  await beside(target, write, (unfinished) => merge(unfinished, target));
  return target;
}

/** Saves a text as a file. */
export async function saveText(target: string, text: string): Promise<string> {
  return saveFile(target, "output", (unfinished) => writeFile(unfinished, text));
}

async function beside(target: string, write: Writer, move: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.unfinished`);
  await mkdir(path.dirname(target), { recursive: true });
  try {
    await write(unfinished);
    await move(unfinished);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function merge(from: string, to: string): Promise<void> {
  const before = await kindOf(to);
  const isFolder = (await lstat(from)).isDirectory();
  if (isFolder && before === "directory") {
    for (const name of await readdir(from)) {
      await merge(path.join(from, name), path.join(to, name));
    }
    return;
  }
  if (before !== "missing" && isFolder !== (before === "directory")) {
    await rm(to, { recursive: true });
  }
  await rename(from, to);
}

async function kindOf(file: string): Promise<"directory" | "other" | "missing"> {
  const found = await stat(file).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw error;
  });
  return found === undefined ? "missing" : found.isDirectory() ? "directory" : "other";
}

/** Makes things once: keyed by their inputs, made beside their place, moved there when whole. */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";

import { DiskFullError } from "./errors.ts";
import type { Making } from "./making.ts";
import { fullDiskAdvice, isFullDisk } from "./next-step.ts";

const UNFINISHED = ".making-";

/** What is made, and from what. */
export type Artifact = {
  /** Plain name, part of the folder's name, e.g. `programs`. */
  readonly name: string;
  /** Everything the result depends on, as plain data. */
  readonly inputs: unknown;
  /** What a person reads while it is made, e.g. `engine root from Debian packages`. */
  readonly label: string;
  /** Added to the label when the work begins, e.g. how long it takes. */
  readonly hint?: string;
};

/** Hashes plain data; the order of an object's keys does not matter. */
export function keyOf(inputs: unknown): string {
  return createHash("sha256").update(JSON.stringify(inputs, sortedKeys)).digest("hex").slice(0, 16);
}

/** Folder that the artifact has, or will have when it is made. */
export function artifactPath(making: Making, artifact: Artifact): string {
  return path.join(making.cache.made, `${artifact.name}-${keyOf(artifact.inputs)}`);
}

/**
 * Returns the artifact's folder, and makes it first when it is not there. `make` fills a folder that only becomes the
 * artifact when `make` has ended well. The caller holds the cache's lock.
 */
export async function makeOnce(
  making: Making,
  artifact: Artifact,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const finished = artifactPath(making, artifact);
  if (await exists(finished)) {
    return finished;
  }
  making.signal.throwIfAborted();
  making.progress.step(artifact.hint === undefined ? artifact.label : `${artifact.label} (${artifact.hint})`);
  const started = performance.now();
  const folder = path.join(making.cache.made, `${UNFINISHED}${path.basename(finished)}`);
  await remove(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await make(folder);
    making.signal.throwIfAborted();
    await rename(folder, finished);
  } catch (error) {
    await remove(folder);
    throw isFullDisk(error) ? new DiskFullError(artifact.label, fullDiskAdvice(folder), { cause: error }) : error;
  }
  making.progress.done(artifact.label, (performance.now() - started) / 1000);
  return finished;
}

/** Removes what dead runs left unfinished. The caller holds the cache's lock. */
export async function sweepUnfinished(making: Making): Promise<void> {
  await remove(making.cache.temporary);
  await mkdir(making.cache.temporary, { recursive: true });
  await mkdir(making.cache.made, { recursive: true });
  const names = await readdir(making.cache.made);
  await Promise.all(
    names.filter((name) => name.startsWith(UNFINISHED)).map((name) => remove(path.join(making.cache.made, name))),
  );
}

/** Days that a finished thing is kept after its last use: another checkout may have other recipes and still run. */
export const KEPT_DAYS = 7;

/** Notes that a run uses finished things, for `removeOutdated`. */
export async function markUsed(folders: readonly string[], now = new Date()): Promise<void> {
  await Promise.all(folders.map((folder) => utimes(folder, now, now)));
}

/** Removes finished things that nobody needs or has used for `KEPT_DAYS`. The caller holds the cache's lock. */
export async function removeOutdated(making: Making, needed: readonly string[], now = new Date()): Promise<void> {
  const keep = new Set(needed.map((folder) => path.basename(folder)));
  const oldest = now.getTime() - KEPT_DAYS * 24 * 3600 * 1000;
  const names = (await readdir(making.cache.made)).filter((name) => !keep.has(name));
  await Promise.all(
    names.map(async (name) => {
      const folder = path.join(making.cache.made, name);
      if ((await stat(folder)).mtimeMs < oldest) await remove(folder);
    }),
  );
}

/** Hashes a folder's files by their paths and bytes; those whose names end in `without` do not count. */
export async function hashFolder(folder: string, without?: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash("sha256");
  const counted = without === undefined ? files : files.filter((file) => !file.endsWith(without));
  for (const file of counted.sort()) {
    const content = await readFile(file);
    hash.update(`${path.relative(folder, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** Tells whether a path is there. */
export async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/** Removes a file or folder with all it holds; nothing there is fine. */
export async function remove(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

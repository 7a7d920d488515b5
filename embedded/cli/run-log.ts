/** Keeps what the engine says in a file, for the case that something goes wrong. */

import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";

const KEPT = 20;

/** A log of one run. */
export type RunLog = { readonly file: string; readonly stream: Writable };

/**
 * Opens the log of a run, and removes all but the newest others.
 *
 * @param cache Folder that this may write to.
 * @param label What runs, and when: `<function>-<time>`. The names of one folder sort by time.
 * @param echo Receives the same text, or nothing where nobody wants to read it.
 */
export async function openRunLog(cache: string, label: string, echo?: (text: string) => void): Promise<RunLog> {
  const folder = path.join(cache, "logs");
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name.endsWith(".log")).sort();
  const old = names.slice(0, Math.max(0, names.length - KEPT));
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true })));
  const file = path.join(folder, `${label}.log`);
  const target = createWriteStream(file, { flags: "a" });
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      echo?.(chunk.toString("utf8"));
      target.write(chunk, done);
    },
    final(done) {
      target.end(done);
    },
  });
  return { file, stream };
}

/** Label of a run that began at `now`: `20260131T235959-build-all-4711`. */
export function runLabel(name: string, now: Date, processId: number): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[-:]/g, "");
  return `${time}-${name}-${processId}`;
}

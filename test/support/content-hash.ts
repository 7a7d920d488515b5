/** Hashes what files say: their names and bytes, and of packed charts all but the time at which Helm packed them. */
import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

const BLOCK = 512;
/** Places in the header of an entry of a tar archive. */
const SIZE = { at: 124, length: 12 };
const TIME_AND_SUM = { at: 136, length: 20 };

/** Hash of a folder's files, but those whose names end in `without`. */
export function hashOf(folder: string, without?: string): string {
  const hash = createHash("sha256");
  addTree(hash, folder, ".", without);
  return hash.digest("hex");
}

/** Adds a file below a folder, or all files of a folder below it; what is not there adds nothing. */
export function addTree(hash: Hash, folder: string, below: string, without?: string): void {
  const full = path.join(folder, below);
  const found = statSync(full, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    for (const name of readdirSync(full).sort()) addTree(hash, folder, path.join(below, name), without);
  } else if (found !== undefined && (without === undefined || !below.endsWith(without))) {
    const bytes = readFileSync(full);
    const content = below.endsWith(".tgz") ? withoutTimes(bytes) : bytes;
    hash.update(`${below}\0${content.length}\0`).update(content);
  }
}

function withoutTimes(packed: Buffer): Buffer {
  const archive = unpacked(packed);
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const octal = archive.toString("latin1", at + SIZE.at, at + SIZE.at + SIZE.length);
    const size = /^[0-7]+(?=[ \0]*$)/.exec(octal)?.[0];
    // Of a form that is not known here, every byte counts.
    if (size === undefined) return packed;
    archive.fill(0, at + TIME_AND_SUM.at, at + TIME_AND_SUM.at + TIME_AND_SUM.length);
    at += BLOCK + Math.ceil(Number.parseInt(size, 8) / BLOCK) * BLOCK;
  }
  return archive;
}

function unpacked(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed);
  } catch {
    // What is no archive is refused by the tool that reads it; here its bytes count.
    return packed;
  }
}

/** What a file says, apart from the time at which Helm packed it. */
import { gunzipSync } from "node:zlib";

const BLOCK = 512;
/** Places in the header of an entry of a tar archive. */
const SIZE = { at: 124, length: 12 };
const TIME_AND_SUM = { at: 136, length: 20 };

/** The bytes that count of a file: those of a packed chart unpacked and without the times of its entries, else all. */
export function contentOf(name: string, bytes: Buffer): Buffer {
  return name.endsWith(".tgz") ? withoutTimes(bytes) : bytes;
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

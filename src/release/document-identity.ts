/** Identity and time of documents that are written anew for every run: both follow from what they are about. */

/** A UUID of version 8, whose bits the writer chooses, from a hash. Source: RFC 9562, section 5.8. */
export function uuidOf(hash: string): string {
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}

/** A time as SPDX and CycloneDX write it, in whole seconds. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Reads maps of a file that may be wrong elsewhere, without trusting its form. */

/** The value under a key, or undefined. */
export function memberOf(value: unknown, key: string): unknown {
  return entriesOf(value).find(([name]) => name === key)?.[1];
}

/** Keys and values of a map; none for anything else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Compares two values of any form. */
import { isDeepStrictEqual } from "node:util";

/** A map of fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for a map of fields, and for nothing else. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Paths at which two values differ, as deep as both have fields. */
export function differences(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((each: unknown, index) => differences(each, after[index], `${path}[${index}]`));
  }
  if (!isFields(before) || !isFields(after)) return [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    differences(before[key], after[key], `${path}.${key}`),
  );
}

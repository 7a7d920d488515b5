/** Finds where two values differ. */
import type { JsonPath } from "../json.ts";

/** The first difference of two values; undefined stands for a key or an item that one of them does not have. */
export type Difference = { readonly path: JsonPath; readonly before: unknown; readonly after: unknown };

/** The first place where two values differ; the order of the keys of a map does not matter. */
export function firstDifference(before: unknown, after: unknown, path: JsonPath = []): Difference | undefined {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return firstOf(
      Array.from({ length }, (_, index) => [index, before[index], after[index]]),
      path,
    );
  }
  if (isMap(before) && isMap(after)) {
    const [left, right] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    const keys = [...left.keys(), ...[...right.keys()].filter((key) => !left.has(key))];
    return firstOf(
      keys.map((key) => [key, left.get(key), right.get(key)]),
      path,
    );
  }
  return { path, before, after };
}

function firstOf(pairs: [string | number, unknown, unknown][], path: JsonPath): Difference | undefined {
  for (const [step, before, after] of pairs) {
    const difference = firstDifference(before, after, [...path, step]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

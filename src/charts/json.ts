/** Reads values of unknown form, as parsed YAML gives them, without a cast: what is not there is undefined or empty. */

/** Where a value stands in a document: keys of maps and positions in lists, from the root. */
export type JsonPath = readonly (string | number)[];

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(value: unknown, ...path: JsonPath): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** The keys and values of a map at a path, in the order of the file; none where there is no map. */
export function entriesAt(value: unknown, ...path: JsonPath): [string, unknown][] {
  const found = valueAt(value, ...path);
  return typeof found === "object" && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
}

/** The items of a list at a path; none where there is no list. */
export function itemsAt(value: unknown, ...path: JsonPath): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The text at a path, or "" where there is none. */
export function textAt(value: unknown, ...path: JsonPath): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The texts of a map at a path: labels, annotations, a selector. Values that are no text are left out. */
export function textsAt(value: unknown, ...path: JsonPath): Record<string, string> {
  return Object.fromEntries(
    entriesAt(value, ...path).flatMap(([key, text]): [string, string][] =>
      typeof text === "string" ? [[key, text]] : [],
    ),
  );
}

/** A path as people write it: `spec.containers[0].image`, with quotes where a key holds a dot. */
export function formatPath(path: JsonPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (/[.[\]"]/.test(step)) return `["${step}"]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** A value that nobody can change, through and through; for one that several look at. */
export function frozen(value: unknown): unknown {
  // One that is frozen already may be reached again through itself.
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
  return value;
}

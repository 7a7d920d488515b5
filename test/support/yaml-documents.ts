/** Reads texts of several YAML documents; each text is read once, however many tests look at it. */
import { parseAllDocuments } from "yaml";

import { frozen } from "../../src/charts/json.ts";

const known = new Map<string, readonly unknown[]>();

/** The documents of a text that hold something, which nobody can change. Throws where one has an error, as a key twice. */
export function documentsOf(text: string): readonly unknown[] {
  const found = known.get(text) ?? read(text);
  known.set(text, found);
  return found;
}

function read(text: string): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join("\n"));
    const value: unknown = document.toJS();
    return value === null ? [] : [frozen(value)];
  });
}

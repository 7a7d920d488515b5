/** Visits the values inside an object. */
import type { JsonPath } from "../json.ts";

/** Where a value stands: its key in the map or list around it, and where that stands. A path is made of it only on demand. */
export type Place = { readonly key: string | number; readonly around: Place | undefined };

/** A value that is no map and no list, where it stands, and the map or list that it stands in. */
export type Leaf = { readonly place: Place; readonly value: unknown; readonly parent: object };

/** The path that leads to a place. */
export function pathTo(place: Place | undefined): JsonPath {
  const path: (string | number)[] = [];
  for (let here = place; here !== undefined; here = here.around) path.push(here.key);
  return path.reverse();
}

/** Visits every map and list of a value, itself included, from the outside in. */
export function visitNodes(value: unknown, visit: (node: object, place: Place | undefined) => void): void {
  if (typeof value === "object" && value !== null) visitBelow(value, undefined, visit, undefined);
}

/** Visits everything inside a value that is no map and no list. */
export function visitLeaves(value: unknown, visit: (leaf: Leaf) => void): void {
  if (typeof value === "object" && value !== null) visitBelow(value, undefined, undefined, visit);
}

function visitBelow(
  node: object,
  place: Place | undefined,
  onNode: ((node: object, place: Place | undefined) => void) | undefined,
  onLeaf: ((leaf: Leaf) => void) | undefined,
): void {
  onNode?.(node, place);
  const visit = (key: string | number, value: unknown) => {
    if (typeof value === "object" && value !== null) visitBelow(value, { key, around: place }, onNode, onLeaf);
    else onLeaf?.({ place: { key, around: place }, value, parent: node });
  };
  if (Array.isArray(node))
    node.forEach((item, index) => {
      visit(index, item);
    });
  else for (const [key, value] of Object.entries(node)) visit(key, value);
}

/** Writes the values that a run adds to a chart: the digests of the images that it built. */
import { createHash } from "node:crypto";

import { stringify } from "yaml";

/**
 * Text of a values file that sets `<value path>.digest` for each image.
 *
 * @param images Image to the path of its value, for example api to `api.image`.
 * @param digests Digest of each image of this run; an image without one is left to the chart.
 */
export function digestValues(images: Readonly<Record<string, string>>, digests: ReadonlyMap<string, string>): string {
  const settings = Object.entries(images).flatMap(([image, path]) => {
    const digest = digests.get(image);
    return digest === undefined ? [] : [[`${path}.digest`, digest] as const];
  });
  return valuesAt(Object.fromEntries(settings));
}

/**
 * Digests that stand in for those of images that are not built: lint and validate look at charts, and a change of a chart
 * must not wait for a build. They never leave those two; `render` builds the images.
 */
export function standInDigests(images: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    images.map((image) => [image, `sha256:${createHash("sha256").update(`stand-in ${image}`).digest("hex")}`]),
  );
}

/** What a value of a chart is set to. */
export type Scalar = string | number | boolean;

/**
 * Text of a values file that sets values by their paths, for example `api.image.digest`.
 *
 * @param settings Path of each value, keys joined by dots, to what it is set to.
 */
export function valuesAt(settings: Readonly<Record<string, Scalar>>): string {
  const values: ValueTree = {};
  for (const [path, value] of Object.entries(settings)) setAt(values, path.split("."), value);
  return stringify(values);
}

type ValueTree = { [key: string]: ValueTree | Scalar };

function setAt(tree: ValueTree, [key = "", ...rest]: readonly string[], value: Scalar): void {
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const below = tree[key];
  const branch = typeof below === "object" ? below : {};
  tree[key] = branch;
  setAt(branch, rest, value);
}

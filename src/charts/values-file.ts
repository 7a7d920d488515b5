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
  const values: ValueTree = {};
  for (const [image, path] of Object.entries(images)) {
    const digest = digests.get(image);
    if (digest !== undefined) setAt(values, [...path.split("."), "digest"], digest);
  }
  return stringify(values);
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

type ValueTree = { [key: string]: ValueTree | string };

function setAt(tree: ValueTree, [key = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  const below = tree[key];
  const branch = typeof below === "object" ? below : {};
  tree[key] = branch;
  setAt(branch, rest, value);
}

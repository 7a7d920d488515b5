/** Says in a report which images are not the official ones, and what they are instead. */
import type { Manifest } from "../charts/manifest.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import type { External } from "./externals-plan.ts";
import { namedImages } from "./node-images.ts";
import { nodeImageName } from "./side-load.ts";

/**
 * Says which images of the lock are not the official ones: all by name, since those of a run are built from them, and what each is
 * that runs in the cluster itself.
 */
export function standInNotes(
  lock: ImageLock,
  releases: readonly { readonly manifests: readonly Manifest[] }[],
  externals: readonly External[] = [],
): string[] {
  const standIns = Object.entries(lock).flatMap(([name, { reference, standIn }]) => {
    return standIn === undefined ? [] : [{ name, node: nodeImageName(reference), standIn }];
  });
  if (standIns.length === 0) return [];
  const named = releases.flatMap(({ manifests }) => namedImages(manifests)).map(({ name }) => nodeImageName(name));
  const images = ["k3s", ...externals.map(({ spec }) => spec.image)];
  const running = standIns.filter(({ name, node }) => images.includes(name) || named.includes(node));
  return [
    `stand-ins instead of the official images: ${standIns.map(({ name }) => name).join(", ")}`,
    ...running.map(({ name, standIn }) => `what ran as ${name} was a stand-in, ${standIn}`),
  ];
}

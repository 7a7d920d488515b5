/** Writes `images.json`, the machine's form of what a run built. */
import type { ImageFacts } from "./image-facts.ts";

/** What `images.json` says of an image. */
export type ListedImage = {
  readonly spec: { readonly name: string; readonly system: string; readonly repository: string };
  readonly facts: ImageFacts;
};

/**
 * Formats `images.json`: the commit and, per image, its name, system, repository, tarball beside the file, digest, bytes
 * and layers. Two runs of one commit give the same bytes.
 */
export function formatImageList(commit: string, images: readonly ListedImage[]): string {
  const listed = images.map(({ spec, facts }) => ({
    name: spec.name,
    system: spec.system,
    repository: spec.repository,
    tarball: `${spec.name}.tar`,
    digest: facts.digest,
    compressedBytes: facts.compressedBytes,
    unpackedBytes: facts.unpackedBytes,
    layers: facts.layers,
  }));
  return `${JSON.stringify({ revision: commit, images: listed }, null, 2)}\n`;
}

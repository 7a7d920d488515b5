/** The images that releases run: a tarball of each, of this run or of the image lock. */
import { dag } from "@dagger.io/dagger";

import type { BuiltRelease } from "../images/functions.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { ForeignImageError, namedImages } from "./node-images.ts";
import type { NamedTarball } from "./node-tarball.ts";
import { checkPullPolicy } from "./pull-policy.ts";
import type { Release } from "./release.ts";
import { nodeImageName } from "./side-load.ts";

/** A tarball for every image that the releases name: of this run, or of the lock. Throws ForeignImageError and PullPolicyError. */
export function imagesFor(releases: readonly Release[], built: BuiltRelease, lock: ImageLock): NamedTarball[] {
  const ofRun = new Map(built.images.map((image) => [image.facts.digest, image.tarball]));
  const ofLock = new Map(Object.values(lock).map(({ reference }) => [nodeImageName(reference), reference]));
  const tarballs = new Map<string, NamedTarball>();
  for (const { spec, manifests, pullPolicy } of releases) {
    const foreign = namedImages(manifests).filter(({ name }) => {
      const reference = ofLock.get(nodeImageName(name));
      const locked = reference === undefined ? undefined : dag.container().from(reference).asTarball();
      const tarball = ofRun.get(name.slice(name.indexOf("@") + 1)) ?? locked;
      if (tarball !== undefined) tarballs.set(nodeImageName(name), { name, tarball });
      return tarball === undefined;
    });
    if (foreign.length > 0) throw new ForeignImageError(spec.name, foreign);
    if (pullPolicy === "Never") checkPullPolicy(spec.name, manifests);
  }
  return [...tarballs.values()];
}

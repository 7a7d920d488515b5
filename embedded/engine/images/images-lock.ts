/** Writes the image lock of the embedded mode, in the form of deploy/images.lock.yaml. */

import { stringify } from "yaml";

/**
 * Host part of the stand-ins' references. Only inside an engine's network does something answer under this name: the
 * engine's configuration maps it to the loopback registry, and containers reach that one over TLS. So the lock stays the
 * same whatever port the registry has.
 */
export const STAND_IN_HOST = "embedded.slipway.invalid";

/** One image of the lock. */
export type LockedStandIn = {
  readonly name: string;
  readonly tag: string;
  /** Digest of the manifest. */
  readonly digest: string;
  readonly madeFrom: string;
  readonly reason: string;
};

/** The lock's text; images in the given order. */
export function imagesLock(stands: readonly LockedStandIn[]): string {
  const images: Record<string, { reference: string; reason: string; standIn: string }> = {};
  for (const { name, tag, digest, madeFrom, reason } of stands) {
    const reference = `${STAND_IN_HOST}/${name}:${tag}@${digest}`;
    images[name] = { reference, reason, standIn: `made from ${madeFrom}` };
  }
  const head = "# Made by the embedded mode; every image here is a stand-in, built on this machine.\n";
  return head + stringify(images, { lineWidth: 0 });
}

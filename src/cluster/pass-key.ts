/** Names what a smoke test proves, so that it is found again. */
import { createHash } from "node:crypto";

import type { Manifest } from "../charts/manifest.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import type { External } from "./externals-plan.ts";
import type { IngressPlan } from "./ingress-plan.ts";

/** Form of what is tested and recorded; another form is another test. */
const FORM = 2;

/** What a smoke test of some releases depends on. */
export type Proven = {
  readonly environment: Environment;
  readonly lock: ImageLock;
  /** Digest of the sources of the programs that run in the cluster for the test. */
  readonly programs: string;
  readonly externals: readonly External[];
  readonly ingress: IngressPlan;
  readonly releases: readonly { readonly spec: ChartSpec; readonly manifests: readonly Manifest[] }[];
};

/**
 * Names what a smoke test proves: the same images, manifests, cluster, checks and programs give the same name. The images
 * of the run and of the image lock are in the manifests by digest.
 */
export function passKey({ environment, lock, programs, externals, ingress, releases }: Proven): string {
  const ofLock = (name: string) => lookupImage(lock, name).reference;
  return joinedKey([
    ...[FORM, environment, ofLock("k3s"), ofLock("golang"), programs],
    externals.map((external) => ({ ...external, image: ofLock(external.spec.image) })),
    ingress,
    releases.map(({ spec, manifests }) => ({ spec, manifests: manifests.map(({ body }) => body) })),
  ]);
}

/** One name for several, or for anything else that JSON holds. */
export function joinedKey(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Builds images from their Dockerfiles, with the bases of the lock. */
import { type BuildArg, type Container, type Directory, ImageLayerCompression, type Secret } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import type { ImageSpec } from "../platform/platform-file.ts";
import { monotonicSeconds, type Outcome, runNamed } from "../report/parallel.ts";
import { pinnedBase } from "./dockerfile.ts";
import { type NormalisedImage, normaliseImage, type Normaliser, startNormaliser } from "./normalise.ts";
import type { Revision } from "./revision.ts";

/** What all builds of one run share. */
export type BuildInputs = {
  /** The platform's source, the root that the paths of the platform file start from. */
  readonly source: Directory;
  readonly lock: ImageLock;
  readonly revision: Revision;
  /** Tells this run from earlier ones. */
  readonly nonce: string;
  /** Logins of the registries that bases come from, a config.json of Docker; nothing: none is needed. */
  readonly registryAuth: Secret | undefined;
};

/** A finished image. */
export type BuiltImage = NormalisedImage & { readonly spec: ImageSpec };

/**
 * Builds one image as its Dockerfile says, with the bases of the lock and the build arguments SOURCE, REVISION
 * and SOURCE_DATE_EPOCH. Lazy: nothing runs before the container is used.
 */
export function buildContainer(spec: ImageSpec, inputs: BuildInputs): Container {
  const buildArgs: BuildArg[] = Object.entries(argumentsOf(spec, inputs)).map(([name, value]) => ({ name, value }));
  const tree = inputs.source.withoutDirectory(".git");
  const target = spec.target === undefined ? {} : { target: spec.target };
  if (spec.context === ".") return tree.dockerBuild({ dockerfile: spec.dockerfile, buildArgs, ...target });
  // The Dockerfile may lie outside the context, where the engine does not look for it.
  const dockerfile = ".slipway.Dockerfile";
  return tree
    .directory(spec.context)
    .withFile(dockerfile, tree.file(spec.dockerfile))
    .dockerBuild({ dockerfile, buildArgs, ...target });
}

/** Build arguments of an image, by name. */
function argumentsOf(spec: ImageSpec, { lock, revision }: BuildInputs): Readonly<Record<string, string>> {
  return {
    ...spec.args,
    ...Object.fromEntries(Object.entries(spec.bases).map(([arg, base]) => [arg, lookupImage(lock, base).reference])),
    SOURCE: spec.source,
    REVISION: revision.commit,
    SOURCE_DATE_EPOCH: String(revision.committedAtSeconds),
  };
}

/** Builds images in parallel, normalises them and reads their facts; no failure hides another. */
export async function buildImages(specs: readonly ImageSpec[], inputs: BuildInputs): Promise<Outcome<BuiltImage>[]> {
  const { lock, revision, nonce, registryAuth } = inputs;
  const normaliser = startNormaliser(lock, revision.committedAtSeconds, nonce, registryAuth);
  return runNamed(specs, (spec) => buildImage(spec, inputs, normaliser), monotonicSeconds);
}

async function buildImage(spec: ImageSpec, inputs: BuildInputs, normaliser: Normaliser): Promise<BuiltImage> {
  const built = buildContainer(spec, inputs).asTarball({ forcedCompression: ImageLayerCompression.Uncompressed });
  const name = `${spec.repository}:sha-${inputs.revision.commit}`;
  return { spec, ...(await normaliseImage(built, await baseOf(spec, inputs), name, normaliser)) };
}

/** The image that an image stands on; nothing where that is `scratch`. */
async function baseOf(spec: ImageSpec, inputs: BuildInputs): Promise<string | undefined> {
  const text = await inputs.source.file(spec.dockerfile).contents();
  const base = pinnedBase(text, spec.dockerfile, argumentsOf(spec, inputs), spec.target);
  return base === "scratch" ? undefined : base;
}

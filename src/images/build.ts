/** Builds images from their Dockerfiles and normalises them, so that one revision gives one digest. */
import { type BuildArg, type Container, type Directory, type File } from "@dagger.io/dagger";

import type { ImageLock } from "../platform/image-lock.ts";
import { lookupImage } from "../platform/image-lock.ts";
import type { ImageSpec } from "../platform/platform-file.ts";
import { type ImageFacts, parseImageFacts } from "./image-facts.ts";
import { registryTool } from "./registry-tool.ts";
import type { Revision } from "./revision.ts";

/** What all builds of one run share. */
export type BuildInputs = {
  /** The platform's source, the root that the paths of the platform file start from. */
  readonly source: Directory;
  readonly lock: ImageLock;
  readonly revision: Revision;
  /** Tells this run from earlier ones. */
  readonly nonce: string;
};

/** A finished image. */
export type BuiltImage = {
  readonly spec: ImageSpec;
  readonly facts: ImageFacts;
  /** The image as an OCI layout in a tar archive, with the digest of `facts`. */
  readonly tarball: File;
};

// Dagger stamps the image's own configuration with the time of the build; everything below it, the Dockerfile clamps.
const NORMALISE_SCRIPT = `set -eu
cd /tmp
regctl image import ocidir://image:built /built.tar
regctl image mod ocidir://image:built --config-time "set=$CREATED" --create ocidir://image:final > /dev/null
mkdir -p /out
regctl image export ocidir://image:final /out/image.tar
echo "run $SLIPWAY_RUN"
echo "digest $(regctl image digest ocidir://image:final)"
regctl manifest get ocidir://image:final --format '{{range .Layers}}{{println .Digest .Size}}{{end}}' > layers
while read -r digest size; do
  if [ -z "$digest" ]; then continue; fi
  gunzip -c "image/blobs/sha256/\${digest#sha256:}" > layer.tar
  echo "layer $digest $size $(wc -c < layer.tar)"
done < layers
`;

/**
 * Builds one image as its Dockerfile says, with the bases of the lock and the build arguments SOURCE, REVISION
 * and SOURCE_DATE_EPOCH. Lazy: nothing runs before the container is used.
 */
export function buildContainer(spec: ImageSpec, inputs: BuildInputs): Container {
  const { source, lock, revision } = inputs;
  const args: Record<string, string> = {
    ...spec.args,
    ...Object.fromEntries(Object.entries(spec.bases).map(([arg, base]) => [arg, lookupImage(lock, base).reference])),
    SOURCE: spec.source,
    REVISION: revision.commit,
    SOURCE_DATE_EPOCH: String(revision.committedAtSeconds),
  };
  const buildArgs: BuildArg[] = Object.entries(args).map(([name, value]) => ({ name, value }));
  const tree = source.withoutDirectory(".git");
  const target = spec.target === undefined ? {} : { target: spec.target };
  if (spec.context === ".") return tree.dockerBuild({ dockerfile: spec.dockerfile, buildArgs, ...target });
  // The Dockerfile may lie outside the context, where the engine does not look for it.
  const dockerfile = ".slipway.Dockerfile";
  return tree
    .directory(spec.context)
    .withFile(dockerfile, tree.file(spec.dockerfile))
    .dockerBuild({ dockerfile, buildArgs, ...target });
}

/** Builds one image, normalises it and reads its facts. Throws what the engine throws. */
export async function buildImage(spec: ImageSpec, inputs: BuildInputs): Promise<BuiltImage> {
  const normalised = registryTool(inputs.lock)
    .withMountedTemp("/tmp")
    .withMountedFile("/built.tar", buildContainer(spec, inputs).asTarball())
    .withEnvVariable("CREATED", new Date(inputs.revision.committedAtSeconds * 1000).toISOString())
    .withVolatileVariable("SLIPWAY_RUN", inputs.nonce)
    .withExec(["sh", "-c", NORMALISE_SCRIPT]);
  const facts = parseImageFacts(await normalised.stdout());
  return { spec, facts, tarball: normalised.file("/out/image.tar") };
}

/**
 * Normalises a built image, so that one revision gives one digest, and reads its facts. The layers of its base are taken from
 * the registry: an engine that was started again exports them in another form than it got them in (S-14).
 */
import { type Container, dag, type Directory, type File, type Secret } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";
import { type ImageFacts, parseImageFacts } from "./image-facts.ts";
import { BASE_SCRIPT, IMAGE_SCRIPT, LAYOUT_SCRIPT } from "./layout-scripts.ts";
import { regctl } from "./registry-tool.ts";

/** Where the container that reads a base has the logins of registries. */
export const DOCKER_CONFIG = "/root/.docker/config.json";

/** The base of an image could not be read from its registry. */
export class BaseImageError extends PipelineError {
  override readonly name = "BaseImageError";
  constructor(reference: string, cause: unknown) {
    super(
      "infra",
      `the base ${reference} could not be read from its registry\n${describeFailure(cause)}`,
      "let containers of the engine reach that registry; pass --registry-auth where it asks for a login; or name a mirror " +
        "in the image lock and pass that with --images",
      { cause },
    );
  }
}

/** A normalised image. */
export type NormalisedImage = {
  readonly facts: ImageFacts;
  /** OCI layout in a tar archive, with the digest of the facts. */
  readonly tarball: File;
  /** True when this run made it, false when the engine had it from an earlier one. */
  readonly isNew: boolean;
};

/** What normalises all images of one run. */
export type Normaliser = {
  /** Holds the tools; it is made while the images are built. */
  readonly container: Promise<Container>;
  /** Tells this run from earlier ones. */
  readonly nonce: string;
  /** Logins of the registries that bases come from, a config.json of Docker; nothing: none is needed. */
  readonly registryAuth: Secret | undefined;
};

/**
 * Begins to make the container that images are normalised in.
 *
 * @param lock The image lock; its Go image runs regctl and perl.
 * @param createdAtSeconds Seconds since 1970 that all times are set to.
 * @param nonce Tells this run from earlier ones.
 * @param registryAuth Logins of the registries that bases come from, a config.json of Docker.
 */
export function startNormaliser(
  lock: ImageLock,
  createdAtSeconds: number,
  nonce: string,
  registryAuth: Secret | undefined,
): Normaliser {
  const tools = dag
    .directory()
    .withFile("regctl", regctl(lock))
    .withNewFile("base.sh", BASE_SCRIPT)
    .withNewFile("image.sh", IMAGE_SCRIPT)
    .withNewFile("layout.pl", LAYOUT_SCRIPT);
  const container = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/tools", tools)
    .withMountedTemp("/work")
    .withEnvVariable("CREATED", new Date(createdAtSeconds * 1000).toISOString())
    .withEnvVariable("SOURCE_DATE_EPOCH", String(createdAtSeconds))
    // Volatile: it is in what is executed and not in what that is known by, so an image keeps the nonce of its own run.
    .withVolatileVariable("SLIPWAY_RUN", nonce)
    .sync();
  // Every image waits for it, and reports its failure.
  container.catch(() => undefined);
  return { container, nonce, registryAuth };
}

/**
 * Makes the image of what the engine built: the layers of the base as the registry has them, the image's own with every time
 * set to one, a configuration and history that do not depend on the run. Reads digest, sizes and layers.
 *
 * Throws BaseImageError when the base cannot be read.
 *
 * @param built The image as the engine exports it, with layers that are not compressed.
 * @param base Reference of the image that it stands on, with its digest; nothing: all layers are its own.
 * @param name Repository and tag that the tarball names for `docker load` and its like.
 * @param normaliser What normalises all images of this run.
 */
export async function normaliseImage(
  built: File,
  base: string | undefined,
  name: string,
  normaliser: Normaliser,
): Promise<NormalisedImage> {
  const [container, layout, input] = await Promise.all([
    normaliser.container,
    base === undefined ? undefined : readBase(base, normaliser),
    // A file of a directory is known by its content, so an image that came out the same from a changed source is not
    // normalised again.
    dag.directory().withFile("built.tar", built).file("built.tar").sync(),
  ]);
  const normalised = (layout === undefined ? container : container.withMountedDirectory("/base", layout))
    .withMountedFile("/input/built.tar", input)
    .withEnvVariable("NAME", name)
    .withExec(["sh", "/tools/image.sh"]);
  const facts = parseImageFacts(await normalised.stdout());
  return { facts, tarball: normalised.file(`${RESULTS}/image.tar`), isNew: facts.made === normaliser.nonce };
}

/** The base in the form that BASE_SCRIPT describes. Known by its digest, so a registry is asked once. */
async function readBase(reference: string, { container, registryAuth }: Normaliser): Promise<Directory> {
  let reader = (await container)
    // These differ from one commit to the next, and the base does not.
    .withoutEnvVariable("CREATED")
    .withoutEnvVariable("SOURCE_DATE_EPOCH")
    .withEnvVariable("HOME", "/root")
    .withEnvVariable("REFERENCE", reference);
  if (registryAuth !== undefined) reader = reader.withMountedSecret(DOCKER_CONFIG, registryAuth);
  try {
    return await reader.withExec(["sh", "/tools/base.sh"]).directory("/base").sync();
  } catch (error) {
    throw new BaseImageError(reference, error);
  }
}

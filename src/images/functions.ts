/** The functions of the module that concern images, over the platform that the constructor was given. */
import { randomUUID } from "node:crypto";

import { type Container, dag, type Directory, type File, type Secret } from "@dagger.io/dagger";

import { checkConfigurations, configuredPlatform } from "../platform/build-configuration.ts";
import { type ImageLock, parseImageLock } from "../platform/image-lock.ts";
import { checkBases, onlySystems, parsePlatform, type Platform } from "../platform/platform-file.ts";
import { PipelineError } from "../report/errors.ts";
import type { Outcome } from "../report/parallel.ts";
import { buildContainer, type BuildInputs, buildImages, type BuiltImage } from "./build.ts";
import { buildFailures, buildTable, type ImageFailure, ImagesFailedError, sizeOf } from "./build-report.ts";
import { formatImageList } from "./image-list.ts";
import { formatImageSizes, type ImageSize, parseImageSizes } from "./image-sizes.ts";
import { resolveRevision, type Revision } from "./revision.ts";

/** What the constructor of the module was given. */
export type PlatformSource = {
  readonly source: Directory;
  /** Path of the platform file in the source. */
  readonly platformPath: string;
  readonly lockFile: File;
  /** Commit that the caller names; empty: HEAD of the source. */
  readonly revision: string;
  /** Build configuration for every image that takes one, as a path in the source; "": each has its own. */
  readonly configuration: string;
  /** Logins of the registries that bases come from, a config.json of Docker; nothing: none is needed. */
  readonly registryAuth?: Secret | undefined;
  /** Systems that the call is about; none: all. */
  readonly only?: readonly string[];
};

/** The platform file has no such image. */
export class UnknownImageError extends PipelineError {
  override readonly name = "UnknownImageError";
  constructor(image: string, file: string, known: readonly string[]) {
    super("config", `${file} has no image "${image}"`, `pass --image with one of: ${known.join(", ")}`);
  }
}

/** A file that the caller or the platform file names is not in the source. */
export class MissingFileError extends PipelineError {
  override readonly name = "MissingFileError";
  constructor(file: string, nextStep: string) {
    super("config", `the source has no file ${file}`, nextStep);
  }
}

/** What a function works on: the checked platform file and lock, and the commit. */
type Inputs = { readonly platform: Platform; readonly build: BuildInputs };

/** What is read before anything is resolved. */
export type PlatformFiles = { readonly platform: Platform; readonly lock: ImageLock };

/** All images of a platform, built. */
type BuiltPlatform = { readonly images: readonly BuiltImage[]; readonly table: string };

/** Builds all images and returns the table; throws ImagesFailedError naming every image that failed. */
export async function buildAllImages(given: PlatformSource): Promise<string> {
  const { inputs, baseline } = await readInputsAndBaseline(given);
  const { table } = await buildEvery(inputs, baseline);
  return `${describeInputs(given, inputs)}\n\n${table}`;
}

/** How every image of the platform went. */
export type BuildReport = {
  readonly outcomes: readonly Outcome<BuiltImage>[];
  readonly failures: readonly ImageFailure[];
  readonly table: string;
};

/** Builds all images and says how each went; a failed image is part of that and no error. */
export async function reportImages(given: PlatformSource): Promise<BuildReport> {
  const { inputs, baseline } = await readInputsAndBaseline(given);
  return buildOutcomes(inputs, baseline);
}

/** Reads all inputs, throws where one of them is wrong, and gives the commit that is built. */
export async function checkedCommit(given: PlatformSource): Promise<string> {
  const { inputs } = await readInputsAndBaseline(given);
  return inputs.build.revision.commit;
}

/** Gives one image as a container; throws UnknownImageError. */
export async function buildOneImage(given: PlatformSource, name: string): Promise<Container> {
  const { platform, build } = await readInputs(given);
  const spec = platform.images.find((image) => image.name === name);
  if (spec !== undefined) return buildContainer(spec, build).sync();
  throw new UnknownImageError(
    name,
    given.platformPath,
    platform.images.map((image) => image.name),
  );
}

/** Builds all images and gives a directory of `<name>.tar`, `images.json` and `image-sizes.json`. */
export async function exportImages(given: PlatformSource): Promise<Directory> {
  const inputs = await readInputs(given);
  // This is what makes a new baseline, so the old one does not count.
  const { images } = await buildEvery(inputs, undefined);
  const facts = dag
    .directory()
    .withNewFile("images.json", formatImageList(inputs.build.revision.commit, images))
    .withNewFile("image-sizes.json", formatImageSizes(images.map((image) => sizeOf(image.spec.name, image.facts))));
  return images.reduce((directory, { spec, tarball }) => directory.withFile(`${spec.name}.tar`, tarball), facts);
}

/** All images of a platform, with what they were built from. */
export type PlatformBuild = PlatformFiles & { readonly revision: Revision; readonly images: readonly BuiltImage[] };

/** Builds all images under the gates of build-all; throws ImagesFailedError naming every image that failed. */
export async function buildPlatform(given: PlatformSource): Promise<PlatformBuild> {
  const { inputs, baseline } = await readInputsAndBaseline(given);
  const { images } = await buildEvery(inputs, baseline);
  return { platform: inputs.platform, lock: inputs.build.lock, revision: inputs.build.revision, images };
}

/** Some images of a platform, built from one commit. */
export type BuiltRelease = { readonly commit: string; readonly images: readonly BuiltImage[] };

/**
 * Builds some images; throws ImagesFailedError naming every image that failed.
 *
 * @param names Images of the platform file; a name that it does not have is left out.
 */
export async function buildNamed(
  given: PlatformSource,
  files: PlatformFiles,
  names: readonly string[],
): Promise<BuiltRelease> {
  const inputs = await resolveInputs(given, files);
  const images = inputs.platform.images.filter(({ name }) => names.includes(name));
  const built = await buildEvery({ ...inputs, platform: { ...inputs.platform, images } }, undefined);
  return { commit: inputs.build.revision.commit, images: built.images };
}

/** Digest of each image, by its name in the platform file. */
export function digestsOf({ images }: BuiltRelease): ReadonlyMap<string, string> {
  return new Map(images.map(({ spec, facts }) => [spec.name, facts.digest]));
}

/** Reads the platform file and the image lock, checks one against the other, and resolves the commit. */
async function readInputs(given: PlatformSource): Promise<Inputs> {
  return resolveInputs(given, await readFiles(given));
}

/** Reads the inputs and, at the same time as the commit, the committed sizes that builds are compared with. */
async function readInputsAndBaseline(
  given: PlatformSource,
): Promise<{ readonly inputs: Inputs; readonly baseline: readonly ImageSize[] | undefined }> {
  const files = await readFiles(given);
  const [inputs, baseline] = await Promise.all([
    resolveInputs(given, files),
    readBaseline(given.source, files.platform.imageSizes),
  ]);
  return { inputs, baseline };
}

/** Reads the platform file and the image lock, and checks one against the other. */
export async function readFiles(given: PlatformSource): Promise<PlatformFiles> {
  const { source, platformPath, lockFile, configuration, only = [] } = given;
  const [platformText, lockText, lockName] = await Promise.all([
    readSourceFile(source, platformPath, "pass --source with the directory that holds it, or --platform with its path"),
    lockFile.contents(),
    lockFile.name(),
  ]);
  const platform = configuredPlatform(parsePlatform(platformText, platformPath), configuration);
  const lock = parseImageLock(lockText, lockName);
  checkBases(platform, lock);
  return { platform: only.length === 0 ? platform : onlySystems(platform, only), lock };
}

async function resolveInputs(
  { source, revision: given, registryAuth }: PlatformSource,
  { platform, lock }: PlatformFiles,
): Promise<Inputs> {
  const [revision] = await Promise.all([
    resolveRevision(source, given === "" ? undefined : given, lock),
    checkConfigurations(platform.images, (file, nextStep) => readSourceFile(source, file, nextStep)),
  ]);
  return { platform, build: { source, lock, revision, nonce: randomUUID(), registryAuth } };
}

/** Committed sizes that builds are compared with; nothing where the platform file names none. */
async function readBaseline(source: Directory, file: string | undefined): Promise<ImageSize[] | undefined> {
  if (file === undefined) return undefined;
  const nextStep =
    "commit image-sizes.json of the function `images` under that path, or remove imageSizes from the file";
  return parseImageSizes(await readSourceFile(source, file, nextStep), file);
}

/** Reads a file of the source; throws MissingFileError when there is none. */
export async function readSourceFile(source: Directory, file: string, nextStep: string): Promise<string> {
  try {
    return await source.file(file).contents();
  } catch (error) {
    // Asked only now, since nearly every file is there.
    if (await source.exists(file)) throw error;
    throw new MissingFileError(file, nextStep);
  }
}

async function buildOutcomes({ platform, build }: Inputs, baseline: readonly ImageSize[] | undefined) {
  const outcomes = await buildImages(platform.images, build);
  const dockerfiles = new Map(platform.images.map((image) => [image.name, image.dockerfile]));
  return { outcomes, failures: buildFailures(outcomes, dockerfiles, baseline), table: buildTable(outcomes) };
}

async function buildEvery(inputs: Inputs, baseline: readonly ImageSize[] | undefined): Promise<BuiltPlatform> {
  const { outcomes, failures, table } = await buildOutcomes(inputs, baseline);
  if (failures.length > 0) throw new ImagesFailedError(failures, outcomes.length, table);
  return { images: outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])), table };
}

/** Two lines above the table: what was built, and from which bases where they are not the official ones. */
function describeInputs(given: PlatformSource, { platform, build }: Inputs): string {
  const { commit, committedAtSeconds } = build.revision;
  const time = committedAtSeconds === 0 ? "time unknown" : new Date(committedAtSeconds * 1000).toISOString();
  const lines = [`${given.platformPath}: ${platform.images.length} images of commit ${commit} (${time})`];
  const standIns = Object.entries(build.lock).flatMap(([name, image]) => (image.standIn === undefined ? [] : [name]));
  if (standIns.length > 0) lines.push(`stand-ins instead of the official images: ${standIns.join(", ")}`);
  return lines.join("\n");
}

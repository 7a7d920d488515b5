/** Reads the image lock, the one file that names outside images. Its form is in lock-schema.ts. */
import { PipelineError } from "../report/errors.ts";
import { imageLockSchema } from "./lock-schema.ts";
import { nearestName } from "./nearest-name.ts";
import { describeProblems, type Problem } from "./problems.ts";
import { checkYaml } from "./schema-problems.ts";
import { readYaml } from "./yaml-file.ts";

/** An outside image, pinned. */
export type LockedImage = {
  /** Registry, repository, tag and digest in full. */
  readonly reference: string;
  /** What the image is here for, one line. */
  readonly reason: string;
  /** What the image was made from, where it stands in for the official one. */
  readonly standIn?: string | undefined;
};

/** Outside images by logical name, in the order of the file. */
export type ImageLock = Readonly<Record<string, LockedImage>>;

/** An image lock has mistakes; the message lists all of them. */
export class ImageLockError extends PipelineError {
  override readonly name = "ImageLockError";
  constructor(
    file: string,
    readonly problems: readonly Problem[],
  ) {
    const schema = "an editor shows such mistakes with Slipway's deploy/images.lock.schema.json";
    super("config", describeProblems(file, problems), `correct ${file} and run again; ${schema}`);
  }
}

/** Something asked for an image that the lock does not have. */
export class UnlockedImageError extends PipelineError {
  override readonly name = "UnlockedImageError";
  constructor(image: string, known: readonly string[]) {
    const near = nearestName(image, known);
    const next = near === undefined ? `add "${image}" to it, with its digest,` : `write "${near}",`;
    super("config", `the image lock has no image "${image}"`, `${next} or use one of: ${known.join(", ")}`);
  }
}

/**
 * Reads an image lock. Throws ImageLockError naming every mistake at once.
 *
 * @param text Contents of the file.
 * @param file Path of the file, for messages.
 */
export function parseImageLock(text: string, file: string): ImageLock {
  const yaml = readYaml(text, file);
  // What follows from a text that could not be read would only hide the cause.
  if (yaml.value === undefined && yaml.problems.length > 0) throw new ImageLockError(file, yaml.problems);
  const checked = checkYaml(yaml, imageLockSchema);
  const problems = [...yaml.problems, ...(checked.ok ? [] : checked.problems)];
  if (!checked.ok || problems.length > 0) throw new ImageLockError(file, problems);
  return checked.value;
}

/** Finds an image of the lock by its logical name. Throws UnlockedImageError. */
export function lookupImage(lock: ImageLock, name: string): LockedImage {
  const image = Object.hasOwn(lock, name) ? lock[name] : undefined;
  if (image === undefined) throw new UnlockedImageError(name, Object.keys(lock));
  return image;
}

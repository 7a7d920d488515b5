/** Compares the sizes of built images with their budgets and with the committed baseline (Y-13). */
import { z } from "zod";

import { PipelineError } from "../report/errors.ts";
import { formatMiB } from "../report/table.ts";

/** How far an image may grow past the baseline: this share of it, or `TOLERATED_BYTES` where that is more. */
export const TOLERATED_SHARE = 0.1;

/** Growth in bytes that is always tolerated; base images differ by about this much between registries and stand-ins. */
export const TOLERATED_BYTES = 1_048_576;

/** Size of one image, as `image-sizes.json` records it. */
export type ImageSize = {
  readonly name: string;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
  readonly digest: string;
};

/** The baseline file is not what it should be. */
export class ImageSizesFileError extends PipelineError {
  override readonly name = "ImageSizesFileError";
  constructor(file: string, reason: string) {
    super(
      "config",
      `${file} is not a list of image sizes: ${reason}`,
      "write it anew with the function `images`, which puts image-sizes.json into its directory",
    );
  }
}

const SIZES = z.strictObject({
  images: z.array(
    z.strictObject({
      name: z.string(),
      compressedBytes: z.int().nonnegative(),
      unpackedBytes: z.int().nonnegative(),
      digest: z.string(),
    }),
  ),
});

/** Parses `image-sizes.json`; throws ImageSizesFileError naming the file and what is wrong with it. */
export function parseImageSizes(text: string, file: string): ImageSize[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new ImageSizesFileError(file, error instanceof Error ? error.message : String(error));
  }
  const parsed = SIZES.safeParse(data);
  if (!parsed.success) throw new ImageSizesFileError(file, z.prettifyError(parsed.error));
  return parsed.data.images;
}

/** Writes `image-sizes.json`, sorted by name so that two runs give the same bytes. */
export function formatImageSizes(sizes: readonly ImageSize[]): string {
  const sorted = [...sizes].sort((left, right) => (left.name < right.name ? -1 : 1));
  return `${JSON.stringify({ images: sorted }, null, 2)}\n`;
}

/**
 * Finds what is wrong with an image's size: over its budget, grown past the tolerance, or not in the baseline.
 *
 * @param image The built image.
 * @param budgetMiB Most compressed mebibytes that the platform file allows; nothing: no budget.
 * @param baseline Committed sizes; nothing: no baseline is kept.
 * @returns One sentence, or nothing when the size is right.
 */
export function sizeProblem(
  image: ImageSize,
  budgetMiB: number | undefined,
  baseline: readonly ImageSize[] | undefined,
): string | undefined {
  if (budgetMiB !== undefined && image.compressedBytes > budgetMiB * 1_048_576) {
    return `is ${formatMiB(image.compressedBytes)} compressed, over its budget of ${budgetMiB} MiB (maxCompressedMiB)`;
  }
  if (baseline === undefined) return undefined;
  const before = baseline.find((entry) => entry.name === image.name);
  if (before === undefined) return "has no entry in the baseline of image sizes; add it from image-sizes.json";
  const allowed = before.compressedBytes + Math.max(before.compressedBytes * TOLERATED_SHARE, TOLERATED_BYTES);
  if (image.compressedBytes <= allowed) return undefined;
  return (
    `grew from ${formatMiB(before.compressedBytes)} to ${formatMiB(image.compressedBytes)} compressed, ` +
    `more than the tolerated ${formatMiB(allowed)}; shrink it or commit the new image-sizes.json`
  );
}

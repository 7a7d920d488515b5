/** Says how a build of images went: a table of what was built, and one error that names everything that failed. */
import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import type { Outcome } from "../report/parallel.ts";
import { formatMiB, renderTable } from "../report/table.ts";
import type { ImageFacts } from "./image-facts.ts";
import { type ImageSize, sizeProblem } from "./image-sizes.ts";

/** What the report needs of a built image. */
export type ReportedImage = {
  readonly facts: ImageFacts;
  readonly isNew: boolean;
  readonly spec: { readonly maxCompressedMiB?: number | undefined };
};

/** One or more images were not built, or are not as they should be. */
export class ImagesFailedError extends PipelineError {
  override readonly name = "ImagesFailedError";
  constructor(failures: readonly ImageFailure[], total: number, table: string) {
    const details = failures.map(({ name, dockerfile, text }) => `\n${name} (${dockerfile})\n${indent(text)}`);
    const names = failures.map((failure) => failure.name);
    super(
      "gate",
      [`${failures.length} of ${total} images failed: ${names.join(", ")}`, ...details, "", table, ""].join("\n"),
      `mend what is named above, then build one alone with: build --image ${names[0] ?? ""}`,
    );
  }
}

/** An image that failed, and why, in lines for a person. */
export type ImageFailure = { readonly name: string; readonly dockerfile: string; readonly text: string };

/**
 * Renders one row per image: name, sizes, digest, layers, seconds, and whether this run made it (`built`) or the engine
 * had it from an earlier run (`cached`). An image that was not built has dashes and `failed`.
 *
 * @param outcomes How each image went, in the order of the platform file.
 */
export function buildTable(outcomes: readonly Outcome<ReportedImage>[]): string {
  const rows = outcomes.map((outcome) => {
    const seconds = outcome.seconds.toFixed(1);
    if (!outcome.ok) return [outcome.name, "-", "-", "-", "-", seconds, "failed"];
    const { facts, isNew } = outcome.value;
    return [
      outcome.name,
      formatMiB(facts.compressedBytes),
      formatMiB(facts.unpackedBytes),
      facts.digest,
      String(facts.layers.length),
      seconds,
      isNew ? "built" : "cached",
    ];
  });
  return renderTable(
    [
      { heading: "IMAGE" },
      { heading: "COMPRESSED", numeric: true },
      { heading: "UNPACKED", numeric: true },
      { heading: "DIGEST" },
      { heading: "LAYERS", numeric: true },
      { heading: "SECONDS", numeric: true },
      { heading: "STATE" },
    ],
    rows,
  );
}

/**
 * Finds every image that failed: not built, over its budget, or grown past the baseline (Y-13).
 *
 * @param outcomes How each image went.
 * @param dockerfiles Dockerfile of each image by its name, for those that have no result.
 * @param baseline Committed sizes; nothing: no baseline is kept.
 */
export function buildFailures(
  outcomes: readonly Outcome<ReportedImage>[],
  dockerfiles: ReadonlyMap<string, string>,
  baseline: readonly ImageSize[] | undefined,
): ImageFailure[] {
  return outcomes.flatMap((outcome) => {
    const { name } = outcome;
    const dockerfile = dockerfiles.get(name) ?? "";
    if (!outcome.ok) return [{ name, dockerfile, text: describeFailure(outcome.error) }];
    const problem = sizeProblem(sizeOf(name, outcome.value.facts), outcome.value.spec.maxCompressedMiB, baseline);
    return problem === undefined ? [] : [{ name, dockerfile, text: problem }];
  });
}

/** The entry of an image in `image-sizes.json`. */
export function sizeOf(name: string, facts: ImageFacts): ImageSize {
  return {
    name,
    compressedBytes: facts.compressedBytes,
    unpackedBytes: facts.unpackedBytes,
    digest: facts.digest,
  };
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

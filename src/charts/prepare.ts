/** Makes the charts of a platform ready to be rendered: what they are made of, their overlays, digests for their images. */
import type { Directory } from "@dagger.io/dagger";

import type { PlatformFiles } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import type { Platform } from "../platform/platform-file.ts";
import { ChartFileError } from "./chart-file.ts";
import { chartsFor } from "./dependencies.ts";
import type { ChartInput } from "./render.ts";
import { digestValues } from "./values-file.ts";

/** What the functions over charts work on: the checked platform file and lock, and the source. */
export type ChartSource = PlatformFiles & { readonly source: Directory };

/**
 * Prepares every chart, in parallel. Throws ChartFileError for a Chart.yaml or an overlay that is not there, and what
 * making the digests throws.
 *
 * @param environments Environments to render; a chart that does not have one is rendered for the others.
 * @param digests Digest of each image that a chart runs.
 */
export async function prepareCharts(
  { platform, source }: ChartSource,
  charts: readonly ChartSpec[],
  environments: readonly Environment[],
  digests: Promise<ReadonlyMap<string, string>>,
): Promise<ChartInput[]> {
  const prepared = Promise.all(
    charts.map(async (spec) => {
      const wanted = environments.filter((environment) => spec.environments[environment] !== undefined);
      const { line } = platform.origin.valuePosition(["systems", spec.system, "charts", spec.name, "path"]);
      const [parts] = await Promise.all([
        chartsFor(spec, `${platform.origin.file}:${line}`, source),
        checkOverlays(platform, source, spec, wanted),
      ]);
      const kubernetes = platform.validation.kubernetes.at(-1) ?? "";
      const values = digestValues(spec.images, await digests);
      return { spec, charts: parts, environments: wanted, kubernetes, digests: values };
    }),
  );
  // Both are awaited together, so that a failure of one is never left without a listener.
  const [ready] = await Promise.all([prepared, digests]);
  return ready;
}

/** The images that some chart runs. */
export function imagesOf(charts: readonly ChartSpec[]): string[] {
  return [...new Set(charts.flatMap(({ images }) => Object.keys(images)))];
}

/** All environments that some chart is rolled out to, in the order of promotion. */
export function environmentsOf(charts: readonly ChartSpec[]): Environment[] {
  return ENVIRONMENTS.filter((environment) => charts.some((chart) => chart.environments[environment] !== undefined));
}

/** Names every overlay that is not there, with the line of the platform file that asks for it. */
async function checkOverlays(
  platform: Platform,
  source: Directory,
  spec: ChartSpec,
  environments: readonly Environment[],
): Promise<void> {
  const overlays = environments.flatMap((environment) =>
    (spec.environments[environment] ?? []).map((file, index) => ({ environment, file, index })),
  );
  if (overlays.length === 0) return;
  // A chart that is not there has a message of its own.
  const exists = await source.exists(spec.path);
  if (!exists) return;
  const present = new Set(await source.directory(spec.path).glob("**"));
  const missing = overlays.filter(({ file }) => !present.has(file));
  if (missing.length === 0) return;
  const { file: platformFile, keyPosition } = platform.origin;
  const problems = missing.map(({ environment, file, index }) => {
    const path = ["systems", spec.system, "charts", spec.name, "environments", environment, index];
    return `${platformFile}:${keyPosition(path).line}: environment ${environment} of the chart ${spec.name} names the overlay ${spec.path}/${file}, which is not there`;
  });
  const known = [...present].filter((file) => /^values[^/]*\.ya?ml$/.test(file)).sort();
  throw new ChartFileError(problems.join("\n"), `add it, or name one of: ${known.join(", ")}`);
}

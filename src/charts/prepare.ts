/** Makes the charts of a platform ready to be rendered: with their dependencies, and with the digests of this run. */
import type { Container } from "@dagger.io/dagger";

import { buildDigests, type Inputs } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import { ChartFileError } from "./chart-file.ts";
import { chartWithDependencies } from "./dependencies.ts";
import type { ChartInput } from "./render.ts";
import { digestValues } from "./values-file.ts";

/**
 * Prepares every chart, in parallel. The images that the charts run are built for their digests.
 *
 * Throws what a build or `helm dependency build` throws, and ChartFileError for an overlay that is not there.
 *
 * @param environments Environments to render; a chart that does not have one is rendered for the others.
 */
export async function prepareCharts(
  inputs: Inputs,
  charts: readonly ChartSpec[],
  environments: readonly Environment[],
  helm: Container,
): Promise<ChartInput[]> {
  const { platform, build } = inputs;
  const digests = buildDigests(inputs, [...new Set(charts.flatMap(({ images }) => Object.keys(images)))]);
  const prepared = Promise.all(
    charts.map(async (spec) => {
      const wanted = environments.filter((environment) => spec.environments[environment] !== undefined);
      const { line } = platform.origin.valuePosition(["systems", spec.system, "charts", spec.name, "path"]);
      const place = `${platform.origin.file}:${line}`;
      const complete = await chartWithDependencies(spec, place, build.source, helm);
      await checkOverlays(inputs, spec, wanted);
      const kubernetes = platform.validation.kubernetes.at(-1) ?? "";
      return { spec, ...complete, environments: wanted, kubernetes, digests: digestValues(spec.images, await digests) };
    }),
  );
  // Both are awaited together, so that a failure of one is never left without a listener.
  const [ready] = await Promise.all([prepared, digests]);
  return ready;
}

/** All environments that some chart is rolled out to, in the order of promotion. */
export function environmentsOf(charts: readonly ChartSpec[]): Environment[] {
  return ENVIRONMENTS.filter((environment) => charts.some((chart) => chart.environments[environment] !== undefined));
}

/** Names every overlay that is not there, with the line of the platform file that asks for it. */
async function checkOverlays(
  { platform, build }: Inputs,
  spec: ChartSpec,
  environments: readonly Environment[],
): Promise<void> {
  const overlays = environments.flatMap((environment) =>
    (spec.environments[environment] ?? []).map((file, index) => ({ environment, file, index })),
  );
  if (overlays.length === 0) return;
  const present = new Set(await build.source.directory(spec.path).glob("**"));
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

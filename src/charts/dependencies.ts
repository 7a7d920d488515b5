/** Brings charts together with the charts that they depend on: `helm dependency build` in the pinned helm container. */
import type { Container, Directory } from "@dagger.io/dagger";

import type { ChartSpec } from "../platform/chart-spec.ts";
import { type ExecFailure, isExecFailure, lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { ChartFileError, readDependencies } from "./chart-file.ts";

/** helm could not bring a chart together with what it depends on. */
export class DependencyError extends PipelineError {
  override readonly name = "DependencyError";
  constructor(failure: ExecFailure & Error) {
    const lines = lastLines(failure.stderr.replaceAll(`${SOURCE_ROOT}/`, ""), 6);
    const chart = lines.pop() ?? "";
    const said = lines.join("\n");
    const step = /lock/i.test(said)
      ? `run \`helm dependency update ${chart}\` and commit Chart.lock`
      : `correct dependencies in ${chart}/Chart.yaml; a published chart needs its repository to answer`;
    super("config", `${chart}/Chart.yaml: helm dependency build failed: ${said}`, step, { cause: failure });
  }
}

/** A chart of the source. */
export type LocalChart = {
  /** Its folder in the source. */
  readonly path: string;
  readonly directory: Directory;
  readonly hasDependencies: boolean;
};

/** Folder in a container below which charts lie as they do in the source, so that file:// paths between them hold. */
export const SOURCE_ROOT = "/source";

// A run that writes to what is mounted is not kept by the engine, so that the steps below work on a copy.
const MOUNTED = "/mounted";

// Exit code of the steps below, which no program here uses.
const REFUSED = 64;

/**
 * Script that builds the dependencies of all charts of a container, innermost first, so that each is packaged complete.
 * Chart.lock must be in step with Chart.yaml (C-37). The values are out of the way meanwhile: helm would refuse a mistake
 * in them here, without saying where it is. The last line of a failure is the chart that it is about.
 */
export const DEPENDENCY_STEPS = `cp -r ${MOUNTED} ${SOURCE_ROOT} && for chart in $CHARTS; do
  cd "${SOURCE_ROOT}/$chart"
  [ ! -e values.yaml ] || mv values.yaml /tmp/values.yaml
  helm dependency build . > /tmp/said 2>&1 || { cat /tmp/said >&2; echo "$chart" >&2; exit ${REFUSED}; }
  [ ! -e /tmp/values.yaml ] || mv /tmp/values.yaml values.yaml
done`;

/**
 * Finds the charts of the source that a chart is made of, each after those that it depends on; the chart itself is the
 * last. Throws ChartFileError for a Chart.yaml that is missing or wrong.
 *
 * @param place File and line that name the chart, for messages.
 */
export async function chartsFor(spec: ChartSpec, place: string, source: Directory): Promise<LocalChart[]> {
  return collect(source, spec.path, spec.path, place, []);
}

/** Puts charts into a container as they lie in the source, without what an earlier build left there. */
export function withCharts(container: Container, charts: readonly LocalChart[]): Container {
  const mounted = charts.reduce(
    (before, { path, directory }) => before.withMountedDirectory(`${MOUNTED}/${path}`, directory),
    container,
  );
  const building = charts.filter(({ hasDependencies }) => hasDependencies).map(({ path }) => path);
  return mounted.withEnvVariable("CHARTS", building.join(" "));
}

/** The error of a container whose script failed: DependencyError where it is about dependencies. */
export function dependencyFailure(error: unknown): unknown {
  return isExecFailure(error) && error.exitCode === REFUSED ? new DependencyError(error) : error;
}

/** All charts that a chart needs, each after those that it depends on; the chart itself is the last. */
async function collect(
  source: Directory,
  path: string,
  wanted: string,
  place: string,
  above: readonly string[],
): Promise<LocalChart[]> {
  if (above.includes(path)) {
    throw new ChartFileError(
      `${place}: charts depend on each other: ${[...above, path].join(" -> ")}`,
      "cut the circle",
    );
  }
  const directory = source.directory(path);
  const text = await readChartFile(source, path, wanted, place);
  const { any, local } = readDependencies(text, path);
  const below = await Promise.all(
    local.map((dependency) => collect(source, dependency.path, dependency.name, dependency.place, [...above, path])),
  );
  const charts = [...below.flat(), { path, directory, hasDependencies: any }];
  return charts.filter((chart, index) => charts.findIndex((other) => other.path === chart.path) === index);
}

async function readChartFile(source: Directory, path: string, wanted: string, place: string): Promise<string> {
  const file = `${path}/Chart.yaml`;
  try {
    return await source.file(file).contents();
  } catch (error) {
    if (await source.exists(file)) throw error;
    const chart = wanted === path ? wanted : `${wanted} in ${path}`;
    throw new ChartFileError(
      `${place} names the chart ${chart}, and ${file} is not there`,
      "correct the path, or add the chart",
    );
  }
}

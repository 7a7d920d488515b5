/** Brings charts together with the charts that they depend on: `helm dependency build` in the pinned helm container. */
import { type Container, type Directory, dag } from "@dagger.io/dagger";

import type { ChartSpec } from "../platform/chart-spec.ts";
import { type ExecFailure, isExecFailure, lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { ChartFileError, readDependencies } from "./chart-file.ts";

/** helm could not bring a chart together with what it depends on. */
export class DependencyError extends PipelineError {
  override readonly name = "DependencyError";
  constructor(spec: ChartSpec, failure: ExecFailure & Error) {
    const lines = lastLines(failure.stderr.replaceAll(`${ROOT}/`, ""), 6);
    const chart = lines.pop() ?? spec.path;
    const said = lines.join("\n");
    const step = /lock/i.test(said)
      ? `run \`helm dependency update ${chart}\` and commit Chart.lock`
      : `correct dependencies in ${chart}/Chart.yaml; a published chart needs its repository to answer`;
    super("config", `${chart}/Chart.yaml: helm dependency build failed: ${said}`, step, { cause: failure });
  }
}

/** A chart that can be rendered. */
export type CompleteChart = {
  /** Folder of the chart with its dependencies below `charts/`. */
  readonly directory: Directory;
  /** The charts of the source that it depends on, as they lie there. */
  readonly parts: Directory;
};

/** A chart of the source, its Chart.yaml read. */
type LocalChart = { readonly path: string; readonly directory: Directory; readonly hasDependencies: boolean };

/** Folder in the container below which charts lie as they do in the source, so that file:// paths between them hold. */
const ROOT = "/source";

// The last line of a failure is the chart that it is about.
const SCRIPT = 'for chart in "$@"; do helm dependency build "$chart" || { echo "$chart" >&2; exit 1; }; done';

/**
 * Gives the folder of a chart with all its dependencies below `charts/`: first those of the source, innermost first, so
 * that each is packaged complete, then the chart's own. Chart.lock must be in step with Chart.yaml (C-37).
 *
 * Throws ChartFileError for a Chart.yaml that is missing or wrong, and DependencyError where helm refuses.
 *
 * @param place File and line that name the chart, for messages.
 */
export async function chartWithDependencies(
  spec: ChartSpec,
  place: string,
  source: Directory,
  helm: Container,
): Promise<CompleteChart> {
  const charts = await collect(source, spec.path, spec.path, place, []);
  const own = source.directory(spec.path);
  const top = charts.at(-1);
  if (!top?.hasDependencies) return { directory: own, parts: dag.directory() };
  const parts = layOut(charts, top);
  const folders = charts.filter((chart) => chart.hasDependencies).map((chart) => `${ROOT}/${chart.path}`);
  const built = helm.withMountedDirectory(ROOT, parts).withExec(["sh", "-c", SCRIPT, "sh", ...folders]);
  await built.sync().catch((error: unknown) => {
    if (!isExecFailure(error)) throw error;
    throw new DependencyError(spec, error);
  });
  return { directory: own.withDirectory("charts", built.directory(`${ROOT}/${spec.path}/charts`)), parts };
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

/**
 * The charts as they lie in the source, without what an earlier build left there. Of the chart itself only what its
 * dependencies follow from: helm would refuse a mistake in its values here, without saying where it is.
 */
function layOut(charts: readonly LocalChart[], top: LocalChart): Directory {
  return charts.reduce((root, { path, directory }) => {
    const filter = path === top.path ? { include: ["Chart.yaml", "Chart.lock"] } : { exclude: ["charts/*.tgz"] };
    return root.withDirectory(path, directory, filter);
  }, dag.directory());
}

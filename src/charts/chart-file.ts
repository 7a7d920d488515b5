/** Reads what Slipway needs of a Chart.yaml: the charts of the same source that it depends on. */
import { PipelineError } from "../report/errors.ts";
import { readYaml } from "../platform/yaml-file.ts";
import { itemsAt, textAt } from "./json.ts";

/** A Chart.yaml is missing, is no YAML, or names a folder that no chart is in. */
export class ChartFileError extends PipelineError {
  override readonly name = "ChartFileError";
  constructor(problem: string, nextStep: string) {
    super("config", problem, nextStep);
  }
}

/** A dependency whose repository is a folder: `repository: file://../common`. */
export type LocalDependency = {
  readonly name: string;
  /** Folder of the chart that is depended on, in the source. */
  readonly path: string;
  /** Where it is named, as `charts/shop/Chart.yaml:12`. */
  readonly place: string;
};

/** What a Chart.yaml says of its dependencies. */
export type ChartDependencies = {
  /** True if it names any dependency, local or published. */
  readonly any: boolean;
  readonly local: readonly LocalDependency[];
};

/**
 * Reads the dependencies of a chart. Throws ChartFileError for text that is no YAML and for a folder outside the source.
 *
 * @param text Contents of Chart.yaml.
 * @param chartPath Folder of the chart in the source.
 */
export function readDependencies(text: string, chartPath: string): ChartDependencies {
  const file = `${chartPath}/Chart.yaml`;
  const yaml = readYaml(text, file);
  const [problem] = yaml.problems;
  if (problem !== undefined) {
    throw new ChartFileError(`${file}:${problem.position.line}: ${problem.found}`, problem.next);
  }
  const dependencies = itemsAt(yaml.value, "dependencies");
  const local = dependencies.flatMap((dependency, index): LocalDependency[] => {
    const repository = textAt(dependency, "repository");
    if (!repository.startsWith("file://")) return [];
    const place = `${file}:${yaml.keyPosition(["dependencies", index]).line}`;
    const path = resolveFolder(chartPath, repository.slice("file://".length));
    if (path !== undefined) return [{ name: textAt(dependency, "name"), path, place }];
    throw new ChartFileError(
      `${place}: the dependency ${textAt(dependency, "name")} lies in ${repository}, outside the source directory`,
      "move the chart into the source directory, or publish it and name its repository",
    );
  });
  return { any: dependencies.length > 0, local };
}

/** The folder that a relative path leads to; undefined where it is absolute or leaves the source. */
function resolveFolder(from: string, relative: string): string | undefined {
  if (relative.startsWith("/")) return undefined;
  const parts = from === "." ? [] : from.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? "." : parts.join("/");
}

/** The rule that a chart's values and its templates know of each other, both ways. */
import { nearestName } from "../../platform/nearest-name.ts";
import { readYaml, type YamlFile } from "../../platform/yaml-file.ts";
import type { Finding } from "../finding.ts";
import { entriesAt, formatPath, valueAt } from "../json.ts";
import { type ValueRead, valueReads } from "./values-usage-reads.ts";

/** Name of the rule in findings and exceptions. */
export const VALUES_USAGE = "values-usage";

/** A text file of a chart. */
export type ChartText = { readonly path: string; readonly text: string };

/** The texts of a chart. */
export type ChartTexts = {
  /** Name of the chart in the platform file. */
  readonly chart: string;
  readonly values: ChartText;
  /** Its templates, helpers and NOTES.txt. */
  readonly templates: readonly ChartText[];
  /** Templates of library charts that it depends on. They may read what this chart does not have. */
  readonly library: readonly ChartText[];
  /** Names and aliases of its dependencies: values below them are theirs. */
  readonly dependencies: readonly string[];
  /** Paths that Chart.yaml reads, as in `condition: postgresql.enabled`. */
  readonly conditions: readonly string[];
};

type Path = readonly string[];

/**
 * Finds values that no template reads and reads of values that values.yaml does not have. Where a part of the values is
 * handed on whole, all of it counts as read.
 */
export function checkValuesUsage(texts: ChartTexts): Finding[] {
  const values = readYaml(texts.values.text, texts.values.path);
  const own = texts.templates.flatMap((file) => valueReads(file.text).map((read) => ({ ...read, file: file.path })));
  const others = [...texts.library, texts.values].flatMap((file) => valueReads(file.text));
  const reads = [...own, ...others]
    .map(({ path }) => path)
    .concat(texts.conditions.map((each) => each.trim().split(".")));
  return [...unusedValues(texts, values, reads), ...unknownReads(texts, values, own)];
}

/** The highest values that nothing reads, neither whole nor in part. */
function unusedValues(texts: ChartTexts, values: YamlFile, reads: readonly Path[]): Finding[] {
  const foreign = new Set([...texts.dependencies, "global"]);
  const visit = (path: Path): Path[] => {
    if (path.length === 1 && foreign.has(path[0] ?? "")) return [];
    // A read at or above the value uses all of it.
    if (path.length > 0 && reads.some((read) => startsWith(path, read))) return [];
    const below = entriesAt(values.value, ...path);
    const isReadBelow = reads.some((read) => startsWith(read, path));
    if (path.length > 0 && !isReadBelow) return [path];
    return below.flatMap(([key]) => visit([...path, key]));
  };
  return reads.some((read) => read.length === 0) ? [] : visit([]).map((path) => unused(texts, values, path));
}

function unused({ chart, values: { path: file } }: ChartTexts, values: YamlFile, path: Path): Finding {
  return {
    ...{ rule: VALUES_USAGE, chart, environment: "" as const, object: file },
    path: `line ${values.keyPosition(path).line}`,
    reason: `${formatPath(path)} is read by no template of the chart, so setting it changes nothing`,
    fix: "use it in a template, or remove it from values.yaml",
  };
}

type FileRead = ValueRead & { readonly file: string };

/** Reads of what values.yaml does not have. */
function unknownReads(
  { chart, values: { path: valuesFile }, dependencies }: ChartTexts,
  values: YamlFile,
  reads: readonly FileRead[],
): Finding[] {
  const foreign = new Set([...dependencies, "global"]);
  const known = new Set<string>();
  return reads.flatMap(({ path, line, file, mayBeAbsent }) => {
    // A file that reads a value once more has the same mistake.
    const key = JSON.stringify([file, path]);
    if (known.has(key)) return [];
    known.add(key);
    const depth = missingDepth(values.value, path);
    if (depth === undefined || mayBeAbsent || foreign.has(path[0] ?? "")) return [];
    const parent = path.slice(0, depth);
    const fix = fixFor(values.value, { parent, path, file: valuesFile });
    const where = parent.length === 0 ? "values.yaml" : formatPath(parent);
    const reason = `reads .Values.${path.join(".")}, and ${where} has no key "${path[depth] ?? ""}"`;
    return [
      { ...{ rule: VALUES_USAGE, chart, environment: "" as const, object: file }, path: `line ${line}`, reason, fix },
    ];
  });
}

type Missing = { readonly parent: Path; readonly path: Path; readonly file: string };

function fixFor(values: unknown, { parent, path, file }: Missing): string {
  const known = entriesAt(values, ...parent).map(([key]) => key);
  if (parent.length > 0 && known.length === 0)
    return `read ${formatPath(parent)} as the plain value that it is, or make it a map in ${file}`;
  const near = nearestName(path[parent.length] ?? "", known);
  const rename = near === undefined ? "" : `write ${formatPath([...parent, near])}, or `;
  return `${rename}add ${formatPath(path)} to ${file} with its default`;
}

/** How much of a path exists; undefined where all does, or where it leads into a map that is empty until somebody fills it. */
function missingDepth(values: unknown, path: Path): number | undefined {
  for (let depth = 0; depth < path.length; depth++) {
    const here = valueAt(values, ...path.slice(0, depth));
    const isEmpty = here === null || (typeof here === "object" && Object.keys(here).length === 0);
    if (isEmpty && depth > 0) return undefined;
    if (!entriesAt(here).some(([key]) => key === path[depth])) return depth;
  }
  return undefined;
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((key, index) => path[index] === key);
}

/** The rule that overlays say only what is different: no leaf equals what holds without it (C-12). */
import { nearestName } from "../platform/nearest-name.ts";
import { readYaml, type YamlFile } from "../platform/yaml-file.ts";
import type { Environment } from "../platform/environments.ts";
import type { Finding } from "./finding.ts";
import { entriesAt, formatPath, type JsonPath, valueAt } from "./json.ts";
import { firstDifference } from "./rules/difference.ts";
import { quote } from "./rules/mistake.ts";

/** Name of the rule in findings and exceptions. */
export const OVERLAY_MINIMAL = "overlay-minimal";

/** A values file of a chart, as a path in the source. */
export type ValuesFile = { readonly file: string; readonly text: string };

/** A chart with its overlays. */
export type OverlaidChart = {
  /** Name of the chart in the platform file. */
  readonly chart: string;
  /** The chart's own values.yaml, parsed. */
  readonly defaults: unknown;
  /** Default values of its dependencies, by the name or alias under which the chart has them; undefined where they are not known. */
  readonly dependencies?: Readonly<Record<string, unknown>>;
  /** True where the chart has a schema, which refuses values that it does not know. */
  readonly hasSchema: boolean;
  /** Overlays of each environment, in the order in which they are applied. */
  readonly environments: Readonly<Partial<Record<Environment, readonly ValuesFile[]>>>;
};

/** Checks each overlay of a chart against what holds before it: the defaults, and the overlays in front of it. */
export function checkOverlays(chart: OverlaidChart): Finding[] {
  return Object.entries(chart.environments).flatMap(([name, files]) => {
    let values = withDependencies(chart);
    return files.flatMap(({ file, text }) => {
      const overlay = readYaml(text, file);
      // Helm says what is wrong with a text that is no YAML.
      if (overlay.problems.length > 0) return [];
      const found = leavesOf(overlay.value).flatMap((leaf) => leafProblem(chart, values, leaf));
      values = merge(values, overlay.value);
      return found.map((problem) => toFinding(chart, name, overlay, problem));
    });
  });
}

type Leaf = { readonly path: JsonPath; readonly value: unknown };
type Problem = { readonly path: JsonPath; readonly reason: string; readonly fix: string };

/** What a chart sets for a dependency wins over the defaults of the dependency. */
function withDependencies({ defaults, dependencies = {} }: OverlaidChart): unknown {
  return merge(dependencies, defaults);
}

/** Values that helm takes as a whole: all but maps with something in them, for helm replaces lists. */
function leavesOf(value: unknown, path: JsonPath = []): Leaf[] {
  const entries = entriesAt(value);
  if (entries.length === 0) return path.length === 0 ? [] : [{ path, value }];
  return entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function leafProblem(chart: OverlaidChart, values: unknown, { path, value }: Leaf): Problem[] {
  const known = valueAt(values, ...path);
  const fix = "remove it from the overlay";
  if (value === null && (known === undefined || known === null)) {
    if (isForeign(chart, path)) return [];
    return [
      { path, reason: `is null, which takes away a value, and there is none; allowed is what makes a difference`, fix },
    ];
  }
  if (isMap(value) && isMap(known)) {
    const reason =
      "is an empty map, which changes nothing of the map that is there; allowed is what makes a difference";
    return [{ path, reason, fix: "remove it from the overlay, or set the keys that are to go to null" }];
  }
  if (known !== undefined && firstDifference(known, value) === undefined) {
    return [
      { path, reason: `is ${quote(value)}, as it is without the overlay; allowed is what makes a difference`, fix },
    ];
  }
  return known === undefined && !chart.hasSchema ? unknownValue(chart, values, path) : [];
}

/** A value that no default foresees. Maps that are empty or null in the defaults are for anything. */
function unknownValue(chart: OverlaidChart, values: unknown, path: JsonPath): Problem[] {
  if (isForeign(chart, path)) return [];
  const depth = path.findIndex((_, index) => valueAt(values, ...path.slice(0, index + 1)) === undefined);
  const parent = path.slice(0, depth);
  const names = entriesAt(values, ...parent).map(([key]) => key);
  if (depth > 0 && names.length === 0) return [];
  const name = String(path[depth]);
  const near = nearestName(name, names);
  const where = parent.length === 0 ? "values.yaml" : formatPath(parent);
  const reason = `is known to no value of the chart: ${where} has ${names.join(", ")}`;
  const fix =
    near === undefined ? "remove it, or give it a default in values.yaml" : `write ${formatPath([...parent, near])}`;
  return [{ path, reason, fix }];
}

/** True for values of a dependency whose defaults are not known, and for what all charts share. */
function isForeign({ dependencies = {} }: OverlaidChart, [first = ""]: JsonPath): boolean {
  return first === "global" || (Object.hasOwn(dependencies, first) && dependencies[first] === undefined);
}

/** Values with an overlay on top, as helm merges them: maps key by key, null takes away, all else is replaced. */
function merge(values: unknown, overlay: unknown): unknown {
  if (!isMap(values) || !isMap(overlay)) return overlay ?? values;
  const merged = new Map<string, unknown>(Object.entries(values));
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toFinding({ chart }: OverlaidChart, environment: string, overlay: YamlFile, problem: Problem): Finding {
  return {
    ...{ rule: OVERLAY_MINIMAL, chart, environment: "" as const, object: overlay.file },
    path: `line ${overlay.keyPosition(problem.path).line}`,
    reason: `${formatPath(problem.path)} ${problem.reason} (${environment})`,
    fix: problem.fix,
  };
}

/** The record of the fields that no upgrade can change: written after a release, compared with every later render. */
import { stringify } from "yaml";
import { z } from "zod";

import { describeProblems, type Problem } from "../platform/problems.ts";
import { checkYaml } from "../platform/schema-problems.ts";
import { readYaml } from "../platform/yaml-file.ts";
import { PipelineError } from "../report/errors.ts";
import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import type { ChartRender } from "./finding.ts";
import { immutableValues, type ImmutableValues, sorted } from "./immutable-values.ts";
import { type Manifest, objectName } from "./manifest.ts";

/** Fields by object (`Kind namespace/name`), for one chart in one environment. */
export type RecordedObjects = Readonly<Record<string, ImmutableValues>>;

/** The record of a platform, and the file that it was read from. */
export type ImmutableRecord = {
  readonly file: string;
  readonly charts: Readonly<Record<string, Partial<Record<Environment, RecordedObjects | undefined>> | undefined>>;
};

/** A record has mistakes; the message lists all of them. */
export class ImmutableRecordError extends PipelineError {
  override readonly name = "ImmutableRecordError";
  constructor(file: string, problems: readonly Problem[]) {
    super("config", describeProblems(file, problems), recordCommand(file));
  }
}

const HEADER = `Fields that Kubernetes lets no upgrade change, of each object of each chart and environment.
Written by the function immutable-fields after a release; no person edits it.`;

/** How a record is written anew. */
export function recordCommand(file: string): string {
  return `see that every release can be upgraded, then run \`dagger call immutable-fields -o ${file}\` and commit the file`;
}

/** Writes the record of some renders: charts, environments and objects in order, so that the same renders give the same text. */
export function recordImmutableFields(renders: readonly ChartRender[]): string {
  const charts: Record<string, Record<string, RecordedObjects>> = {};
  for (const render of renders.toSorted(byChartAndEnvironment)) {
    charts[render.chart] = { ...charts[render.chart], [render.environment]: objectsOf(render.manifests) };
  }
  const comment = HEADER.split("\n").map((line) => `# ${line}\n`);
  return `${comment.join("")}${stringify(charts, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** The objects of a render that have immutable fields, sorted by name, with their values in one form. */
export function objectsOf(manifests: readonly Manifest[]): RecordedObjects {
  const entries = manifests.flatMap((manifest): [string, unknown][] => {
    const values = immutableValues(manifest);
    return Object.keys(values).length === 0 ? [] : [[objectName(manifest), values]];
  });
  return objectsSchema.parse(sorted(Object.fromEntries(entries)));
}

const OBJECTS_RULE = "a map from `Kind namespace/name` to its fields";
const objectsSchema = z.record(
  z.string(),
  z.record(z.string(), z.unknown(), "a map from field to value"),
  OBJECTS_RULE,
);
const environmentsRule = `a map with ${ENVIRONMENTS.join(", ")} as keys`;
const schema = z.record(
  z.string(),
  z.strictObject(
    { dev: objectsSchema.optional(), staging: objectsSchema.optional(), prod: objectsSchema.optional() },
    environmentsRule,
  ),
  "a map from chart to its environments",
);

/** Reads a record. Throws ImmutableRecordError. */
export function parseImmutableFields(text: string, file: string): ImmutableRecord {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) throw new ImmutableRecordError(file, yaml.problems);
  const checked = checkYaml({ ...yaml, value: yaml.value ?? {} }, schema);
  if (!checked.ok) throw new ImmutableRecordError(file, checked.problems);
  return { file, charts: checked.value };
}

function byChartAndEnvironment(a: ChartRender, b: ChartRender): number {
  if (a.chart !== b.chart) return a.chart < b.chart ? -1 : 1;
  return ENVIRONMENTS.indexOf(a.environment) - ENVIRONMENTS.indexOf(b.environment);
}

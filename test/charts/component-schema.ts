/** Completes the generated schema of cruvero's values: every component has the keys of `defaults` besides its own. */
import { z } from "zod";

const node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
});
type Node = z.infer<typeof node>;

/** Keys of `defaults` that mean nothing to the migrator, a Job of one pod that serves nothing. */
const NOT_OF_THE_MIGRATOR = [
  ...["replicas", "autoscaling", "podDisruptionBudget", "probes", "preStopSleepSeconds", "extraPorts"],
  ...["antiAffinity", "topologySpreadConstraints"],
];
const COMPONENTS = ["api", "embedWorker", "graphWorker", "migrator", "ui", "worker"];

/** Gives the schema that belongs into the chart, from the one that the tool makes of the comments in values.yaml. */
export function completeSchema(generated: unknown): unknown {
  const schema = node.parse(closeItems(generated));
  const properties = { ...schema.properties };
  const defaults = node.parse(properties.defaults);
  for (const name of COMPONENTS) {
    const omitted = name === "migrator" ? NOT_OF_THE_MIGRATOR : [];
    properties[name] = inherit(node.parse(properties[name]), defaults, "#/properties/defaults", omitted);
  }
  return { ...schema, properties };
}

/** Adds what a map inherits, as references to where that is described. */
function inherit(own: Node, base: Node, path: string, omitted: readonly string[] = []): Node {
  const properties: Record<string, unknown> = { ...own.properties };
  for (const [key, value] of Object.entries(base.properties ?? {})) {
    const at = `${path}/properties/${key}`;
    if (omitted.includes(key)) continue;
    const given = properties[key];
    const isMap = given !== undefined && node.parse(given).properties !== undefined;
    if (given === undefined) properties[key] = { $ref: at };
    else if (isMap) properties[key] = inherit(node.parse(given), node.parse(value), at);
  }
  return { ...own, properties: Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Closes maps inside of lists where their keys are described, and opens them where they are not; the tool does the opposite. */
export function closeItems(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeItems);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [key, closeItems(each)]);
  const closed = Object.fromEntries(entries);
  const items = node.safeParse(closed.items);
  if (items.success && (items.data.properties !== undefined || items.data.type === "object")) {
    closed.items = { type: "object", ...items.data, additionalProperties: items.data.properties === undefined };
  }
  return closed;
}

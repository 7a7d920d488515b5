/** The rule that no upgrade would have to change what Kubernetes does not let change. */
import type { ChartRender, Finding, RenderRule } from "../finding.ts";
import { type ImmutableRecord, objectsOf, recordCommand, type RecordedObjects } from "../immutable-fields.ts";
import { fieldPath, GROWING } from "../immutable-values.ts";
import { formatPath } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { firstDifference } from "./difference.ts";
import { isHook } from "./hook-order.ts";
import { objectRule, quote } from "./mistake.ts";
import { parseQuantity } from "./quantity.ts";

/** Name of the rule in findings and exceptions. */
export const IMMUTABLE_FIELD = "immutable-field";

/** A Job whose name stays cannot be upgraded once anything in its pods changes. */
export const JOB_NAME: RenderRule = objectRule(
  IMMUTABLE_FIELD,
  "A Job that is no hook is called after its content",
  ({ manifests }) =>
    manifests.filter(isPlainJob).map((manifest) => {
      const reason = `is a Job and no hook, and its name ends in no hash: an upgrade that changes its pods is refused, for spec.template is immutable`;
      const fix = "end its name in a hash of image and configuration, or make it a hook with before-hook-creation";
      return { manifest, path: ["metadata", "name"], reason, fix };
    }),
);

/**
 * Compares renders with the record of the last release. An object that is new or gone makes the record stale, except
 * Jobs: they are called after their content, which is another one in every build.
 */
export function compareImmutableFields(record: ImmutableRecord, renders: readonly ChartRender[]): Finding[] {
  return renders.flatMap((render) => {
    const before = record.charts[render.chart]?.[render.environment];
    const after = objectsOf(render.manifests);
    if (before === undefined) {
      if (Object.keys(after).length === 0) return [];
      return [stale(record, render, render.chart, `${record.file} has no record of it in ${render.environment}`)];
    }
    return [...changes(record, render, before, after), ...strangers(record, render, before, after)];
  });
}

function changes(
  record: ImmutableRecord,
  render: ChartRender,
  before: RecordedObjects,
  after: RecordedObjects,
): Finding[] {
  return Object.entries(after).flatMap(([object, values]) => {
    const recorded = before[object];
    if (recorded === undefined) return [];
    const fields = [...new Set([...Object.keys(recorded), ...Object.keys(values)])];
    return fields.flatMap((field): Finding[] => {
      const difference = firstDifference(recorded[field], values[field], fieldPath(field));
      if (difference === undefined || (field === GROWING && isGrowth(difference))) return [];
      const what = field === GROWING ? "cannot shrink" : "cannot change";
      const reason = `${field} ${what} in an upgrade: ${quote(difference.before)} in ${record.file}, ${quote(difference.after)} now`;
      return [{ ...finding(render, object), path: formatPath(difference.path), reason, fix: fixFor(object) }];
    });
  });
}

function isGrowth({ before, after }: { readonly before: unknown; readonly after: unknown }): boolean {
  const [old, now] = [parseQuantity(before), parseQuantity(after)];
  return old !== undefined && now !== undefined && now >= old;
}

function fixFor(object: string): string {
  const [kind = ""] = object.split(" ");
  const ways: Readonly<Record<string, string>> = {
    Job: "end the name of the Job in a hash of its content, so that what changes is another Job",
    StatefulSet:
      "put the old value back; where it must change, document `kubectl delete statefulset --cascade=orphan` before the upgrade and record anew",
    PersistentVolumeClaim: "put the old value back, or move the data into a claim of another name",
  };
  return ways[kind] ?? "put the old value back, or give the object another name";
}

function strangers(
  record: ImmutableRecord,
  render: ChartRender,
  before: RecordedObjects,
  after: RecordedObjects,
): Finding[] {
  const isJob = (object: string) => object.startsWith("Job ");
  const fresh = Object.keys(after).filter((object) => before[object] === undefined && !isJob(object));
  const gone = Object.keys(before).filter((object) => after[object] === undefined && !isJob(object));
  return [
    ...fresh.map((object) => stale(record, render, object, `is new, and ${record.file} does not have it`)),
    ...gone.map((object) => stale(record, render, object, `is in ${record.file} and no longer rendered`)),
  ];
}

function stale(record: ImmutableRecord, render: ChartRender, object: string, reason: string): Finding {
  const fix = recordCommand(record.file);
  return { ...finding(render, object), path: "", reason: `${reason}; allowed is a record of all objects`, fix };
}

function finding({ chart, environment }: ChartRender, object: string) {
  return { rule: IMMUTABLE_FIELD, chart, environment, object };
}

/** True for a Job that stays from release to release under a name that does not follow its content. */
function isPlainJob(manifest: Manifest): boolean {
  if (manifest.kind !== "Job" || isHook(manifest)) return false;
  const last = manifest.name.split("-").at(-1) ?? "";
  return !/^[0-9a-f]{6,}$/.test(last) && !(/^[0-9a-z]{8,}$/.test(last) && /\d/.test(last) && /[a-z]/.test(last));
}

/** The rule that the same inputs render the same objects, every time and with every version of helm. */
import type { ChartRender, Finding } from "../finding.ts";
import { formatPath } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { firstDifference } from "./difference.ts";
import { quote } from "./mistake.ts";
import { isCredentialName } from "./secret-names.ts";

/** Name of the rule in findings and exceptions. */
export const RENDER_DETERMINISM = "render-determinism";

/** A render and how it was made, for example `helm 4.3`. */
export type NamedRender = { readonly name: string; readonly render: ChartRender };

const FIX =
  "take random values, now, lookup, genCA, .Release.IsUpgrade and .Release.Revision out of the template and sort what it ranges over; " +
  "a password comes from a Secret that exists";

/**
 * Compares renders of the same inputs with the first of them. Objects count, not the text: the order of documents and of
 * keys may differ between versions of helm. Names the first difference of each object.
 */
export function checkDeterminism([first, ...others]: readonly NamedRender[]): Finding[] {
  if (first === undefined) return [];
  const expected = byKey(first.render.manifests);
  return others.flatMap((other) => {
    const found = byKey(other.render.manifests);
    const keys = [...expected.keys(), ...[...found.keys()].filter((key) => !expected.has(key))];
    return keys.flatMap((key) => compareGroups(first, other, expected.get(key) ?? [], found.get(key) ?? []));
  });
}

/** Objects of one key; more than one where a chart renders the same object twice. */
type Group = readonly Manifest[];

function byKey(manifests: readonly Manifest[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const manifest of manifests) {
    const { apiVersion, kind, namespace, name } = manifest;
    const key = JSON.stringify([apiVersion, kind, namespace, name]);
    groups.set(key, [...(groups.get(key) ?? []), manifest]);
  }
  return groups;
}

function compareGroups(first: NamedRender, other: NamedRender, before: Group, after: Group): Finding[] {
  const [expected, found] = withoutEquals(before, after);
  return Array.from({ length: Math.max(expected.length, found.length) }, (_, index) =>
    difference(first, other, expected[index], found[index]),
  );
}

/** Takes away what is in both groups, so that only what differs is left. */
function withoutEquals(before: Group, after: Group): [Group, Group] {
  const left = [...after];
  const missing = before.filter((manifest) => {
    const index = left.findIndex(({ body }) => firstDifference(manifest.body, body) === undefined);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  return [missing, left];
}

function difference(first: NamedRender, other: NamedRender, before?: Manifest, after?: Manifest): Finding {
  const { chart, environment } = first.render;
  const manifest = before ?? after;
  const object = manifest === undefined ? "" : objectName(manifest);
  const finding = { rule: RENDER_DETERMINISM, chart, environment, object, fix: FIX };
  if (before === undefined || after === undefined) {
    const [has, lacks] = before === undefined ? [other.name, first.name] : [first.name, other.name];
    const reason = `is in the render of ${has} and not in that of ${lacks}; allowed are the same objects from the same inputs`;
    return { ...finding, path: "", reason };
  }
  const differs = firstDifference(before.body, after.body);
  const path = differs?.path ?? [];
  // What differs is often a password that was made up on the spot, and a report is no place for it.
  const isSecret = before.kind === "Secret" || path.some((step) => typeof step === "string" && isCredentialName(step));
  const values = isSecret
    ? "values that are not shown, for they may be secret"
    : `${quote(differs?.before)} with ${first.name} and ${quote(differs?.after)} with ${other.name}`;
  const reason = `differs between renders of the same inputs: ${values}; allowed is one value`;
  return { ...finding, path: formatPath(path), reason };
}

/** Decides which releases can only be tested together, so that the others keep the pass that they have. */
import { itemsAt, textAt } from "../charts/json.ts";
import type { Manifest } from "../charts/manifest.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";

/** A release as far as others can depend on it. */
export type GroupedRelease = { readonly spec: ChartSpec; readonly manifests: readonly Manifest[] };

/**
 * Groups releases that have something of a cluster in common: a namespace (also one that the network of the other names),
 * the host of an Ingress, or an object without a namespace. What is in no group with another does the same in a cluster without it.
 *
 * @returns Groups in the order of their first releases, each with its releases in their order.
 */
export function groupsOf<R extends GroupedRelease>(releases: readonly R[]): R[][] {
  const namespaces = new Set(releases.map(({ spec }) => spec.namespace));
  let groups: { readonly members: readonly R[]; readonly shared: ReadonlySet<string> }[] = [];
  for (const release of releases) {
    const shared = sharedBy(release, namespaces);
    const joined = groups.filter((group) => [...shared].some((each) => group.shared.has(each)));
    const group = {
      members: [...joined.flatMap(({ members }) => members), release],
      shared: new Set([...joined.flatMap((each) => [...each.shared]), ...shared]),
    };
    groups = [...groups.filter((each) => !joined.includes(each)), group];
  }
  const order = (one: R, other: R) => releases.indexOf(one) - releases.indexOf(other);
  const sorted = groups.map(({ members }) => [...members].sort(order));
  return sorted.sort(([one], [other]) => (one && other ? order(one, other) : 0));
}

function sharedBy({ spec, manifests }: GroupedRelease, namespaces: ReadonlySet<string>): Set<string> {
  const named = Object.values(spec.network?.outside ?? {}).map(({ namespace = "" }) => namespace);
  return new Set([
    ...[spec.namespace, ...named.filter((each) => namespaces.has(each))].map((each) => `namespace ${each}`),
    ...manifests.filter(({ namespace }) => namespace === "").map(({ kind, name }) => `${kind} ${name}`),
    ...manifests
      .filter(({ kind }) => kind === "Ingress")
      .flatMap(({ body }) => itemsAt(body, "spec", "rules").map((rule) => `host ${textAt(rule, "host")}`)),
  ]);
}

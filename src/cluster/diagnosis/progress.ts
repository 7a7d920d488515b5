/** Which resources are ready, and since when. */
import { textAt } from "../../charts/json.ts";
import { isHook, namespaceOf, readSnapshot } from "./snapshot.ts";
import { standingOf } from "./steady.ts";

/** State of what is wanted and was not made. */
export const NOT_THERE = "not there";

/** An object that has to be there and ready. */
export type Wanted = {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
};

/** A resource, and how long it took to be ready. */
export type Progress = {
  readonly namespace: string;
  /** `Kind name`. */
  readonly resource: string;
  readonly ready: boolean;
  /** For example `1 of 2 pods ready`. */
  readonly state: string;
  /** Seconds from the begin until it was ready; until now where it is not. */
  readonly seconds: number;
};

/** A snapshot and its moment by the cluster's clock, in milliseconds since 1970. */
export type Seen = { readonly document: unknown; readonly now: number };

/**
 * Lists all that is there, and what is wanted and is not.
 *
 * @param before The list of the last look: what was ready then and is now keeps its time.
 * @param seconds Time since the begin.
 */
export function progressOf(
  { document, now }: Seen,
  wanted: readonly Wanted[],
  before: readonly Progress[],
  seconds: number,
): Progress[] {
  const snapshot = readSnapshot(document);
  // Helm itself waits for hooks, and removes them.
  const awaited = snapshot.workloads.filter(({ object }) => !isHook(object));
  const found = awaited.map((workload) => {
    const { namespace, kind, name } = workload;
    return { namespace, resource: `${kind} ${name}`, ...standingOf(snapshot, workload, now) };
  });
  const absent = wanted
    .filter(({ namespace, kind, name }) => !isThere(snapshot.ofKind(kind), namespace, name))
    .map(({ namespace, kind, name }) => ({ namespace, resource: `${kind} ${name}`, ready: false, state: NOT_THERE }));
  return [...found, ...absent].map((each) => {
    const earlier = before.find(
      ({ namespace, resource }) => namespace === each.namespace && resource === each.resource,
    );
    return { ...each, seconds: each.ready && earlier?.ready === true ? earlier.seconds : seconds };
  });
}

function isThere(objects: readonly unknown[], namespace: string, name: string): boolean {
  return objects.some((object) => namespaceOf(object) === namespace && textAt(object, "metadata", "name") === name);
}

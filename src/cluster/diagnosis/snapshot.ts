/** A snapshot of namespaces as the rules read it: objects by kind, the events of each, and who owns whom. */
import { entriesAt, itemsAt, textAt, textsAt, valueAt } from "../../charts/json.ts";

/** Kinds that a snapshot has, as kubectl names them. */
export const SNAPSHOT_KINDS = [
  "pods",
  "jobs",
  "deployments",
  "statefulsets",
  "daemonsets",
  "replicasets",
  "services",
  "persistentvolumeclaims",
  "events",
] as const;

/** What a person wrote and a controller or the kubelet carries out: `kind` and `name` as in its manifest. */
export type Workload = {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** The object itself; a pod for a pod of its own. */
  readonly object: unknown;
};

/** Objects of a snapshot. */
export type Snapshot = {
  readonly ofKind: (kind: string) => readonly unknown[];
  /** Events about an object, the oldest first. */
  readonly eventsOf: (object: unknown) => readonly unknown[];
  /** The workload that a pod or a replica set is part of. */
  readonly workloadOf: (object: unknown) => Workload;
  /** Pods of a workload, the oldest first, without those that are on their way out. */
  readonly podsOf: (workload: Workload) => readonly unknown[];
  readonly workloads: readonly Workload[];
};

const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet", "Job"]);

/**
 * Reads a snapshot.
 *
 * @param document What `kubectl get <kinds> --output json` printed, parsed; of any number of namespaces.
 */
export function readSnapshot(document: unknown): Snapshot {
  const items = itemsAt(document, "items");
  const kinds = groupBy(items, (item) => textAt(item, "kind"));
  const events = groupBy(kinds.get("Event") ?? [], (event) => textAt(event, "involvedObject", "uid"));
  const byUid = new Map(items.map((item) => [uidOf(item), item]));
  const ofKind = (kind: string) => kinds.get(kind) ?? [];
  const workloadOf = (object: unknown): Workload => {
    const uid = textAt(ownerOf(object), "uid");
    const found = uid === "" ? undefined : byUid.get(uid);
    // What is owned by a kind that was not asked for stands for itself: an operator made it.
    return found === undefined ? workload(object) : workloadOf(found);
  };
  const pods = ofKind("Pod").filter((pod) => textAt(pod, "metadata", "deletionTimestamp") === "");
  const podsByOwner = groupBy(sortedByAge(pods), (pod) => workloadOf(pod).uid);
  // A run of a CronJob comes when its time comes, and is no part of an install.
  const isRun = (item: unknown) => textAt(ownerOf(item), "kind") === "CronJob";
  const made = items.filter((item) => WORKLOADS.has(textAt(item, "kind")) && !isRun(item));
  const own = pods.filter((pod) => workloadOf(pod).object === pod);
  return {
    ofKind,
    eventsOf: (object) => sortedByMoment(events.get(uidOf(object)) ?? []),
    workloadOf,
    podsOf: ({ uid }) => podsByOwner.get(uid) ?? [],
    workloads: [...made, ...own].map(workload),
  };
}

/** `Kind name` of an object. */
export function nameOf(object: unknown): string {
  return `${textAt(object, "kind")} ${textAt(object, "metadata", "name")}`;
}

/** Namespace of an object. */
export function namespaceOf(object: unknown): string {
  return textAt(object, "metadata", "namespace");
}

/** The condition of an object with a type; undefined where it has none. */
export function conditionOf(object: unknown, type: string): unknown {
  return itemsAt(object, "status", "conditions").find((each) => textAt(each, "type") === type);
}

/** True where a condition holds. */
export function holds(object: unknown, type: string): boolean {
  return textAt(conditionOf(object, type), "status") === "True";
}

/** The whole number at a key, or 0. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : 0;
}

/** How often an event has happened. */
export function timesOf(event: unknown): number {
  return Math.max(1, countAt(event, "count"), countAt(event, "series", "count"));
}

/** True where every label of a selector is on an object; an empty selector selects nothing. */
export function selects(selector: Readonly<Record<string, string>>, object: unknown): boolean {
  const labels = textsAt(object, "metadata", "labels");
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** True for an object that helm runs as a hook. */
export function isHook(object: unknown): boolean {
  return entriesAt(object, "metadata", "annotations").some(([key]) => key === "helm.sh/hook");
}

function workload(object: unknown): Workload {
  return {
    kind: textAt(object, "kind"),
    name: textAt(object, "metadata", "name"),
    namespace: namespaceOf(object),
    uid: uidOf(object),
    object,
  };
}

function ownerOf(object: unknown): unknown {
  return itemsAt(object, "metadata", "ownerReferences").find((each) => valueAt(each, "controller") === true);
}

function uidOf(object: unknown): string {
  return textAt(object, "metadata", "uid");
}

function sortedByAge(pods: readonly unknown[]): unknown[] {
  const created = (pod: unknown) => textAt(pod, "metadata", "creationTimestamp");
  return [...pods].sort((one, other) => created(one).localeCompare(created(other)));
}

function sortedByMoment(events: readonly unknown[]): unknown[] {
  return [...events].sort((one, other) => momentOf(one).localeCompare(momentOf(other)));
}

function momentOf(event: unknown): string {
  return textAt(event, "series", "lastObservedTime") || textAt(event, "lastTimestamp") || textAt(event, "eventTime");
}

function groupBy(items: readonly unknown[], keyOf: (item: unknown) => string): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

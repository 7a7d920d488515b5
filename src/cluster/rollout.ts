/** Reads from a snapshot of a namespace what of a release is there and what is still awaited. */
import { itemsAt, textAt, valueAt } from "../charts/json.ts";

/** One thing that an install waits for. */
export type Rollout = {
  /** `Kind name`. */
  readonly resource: string;
  readonly ready: boolean;
  /** How far it is, for example `1 of 2 pods ready`. */
  readonly state: string;
};

/**
 * Lists deployments, stateful sets, daemon sets, jobs and pods of their own, in the order of the snapshot. Pods and jobs
 * that helm runs as hooks or tests are left out: helm itself waits for them, or they have not been asked to run yet.
 *
 * @param snapshot What `kubectl get ... --output json` printed, parsed.
 */
export function rolloutsOf(snapshot: unknown): Rollout[] {
  return itemsAt(snapshot, "items").flatMap((object) => {
    if (textAt(object, "metadata", "annotations", "helm.sh/hook") !== "") return [];
    const how = STATES[textAt(object, "kind")];
    if (how === undefined) return [];
    const found = how(object);
    return found === undefined
      ? []
      : [{ resource: `${textAt(object, "kind")} ${textAt(object, "metadata", "name")}`, ...found }];
  });
}

type State = { readonly ready: boolean; readonly state: string };

const STATES: Readonly<Record<string, (object: unknown) => State | undefined>> = {
  Deployment: (object) => ofReplicas(object, ["updatedReplicas", "readyReplicas", "availableReplicas"]),
  StatefulSet: (object) => ofReplicas(object, ["updatedReplicas", "readyReplicas"]),
  DaemonSet: (object) => {
    const wanted = countAt(object, "status", "desiredNumberScheduled");
    return ofCounts(object, wanted, countAt(object, "status", "numberReady"));
  },
  Job: (object) => {
    const wanted = numberAt(object, "spec", "completions") ?? 1;
    const done = countAt(object, "status", "succeeded");
    return { ready: done >= wanted, state: `${done} of ${wanted} completed` };
  },
  Pod: (object) => {
    if (itemsAt(object, "metadata", "ownerReferences").length > 0) return undefined;
    const phase = textAt(object, "status", "phase");
    const ready = itemsAt(object, "status", "conditions").some(
      (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
    );
    return { ready: ready || phase === "Succeeded", state: phase };
  },
};

/** A rollout is over when the controller has seen the last change and every pod is of it and ready. */
function ofReplicas(object: unknown, counts: readonly string[]): State {
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  return ofCounts(object, wanted, Math.min(...counts.map((key) => countAt(object, "status", key))));
}

function ofCounts(object: unknown, wanted: number, ready: number): State {
  const seen = countAt(object, "status", "observedGeneration") >= countAt(object, "metadata", "generation");
  return { ready: seen && ready >= wanted, state: `${ready} of ${wanted} pods ready` };
}

function countAt(object: unknown, ...path: readonly string[]): number {
  return numberAt(object, ...path) ?? 0;
}

function numberAt(object: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(object, ...path);
  return typeof found === "number" ? found : undefined;
}

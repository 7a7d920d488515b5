/** How far a workload is: ready or not, in words. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { countAt, holds, type Workload } from "./snapshot.ts";

/** How far a workload is. */
export type WorkloadState = {
  readonly ready: boolean;
  /** For example `1 of 2 pods ready`. */
  readonly state: string;
};

/** How far a workload is. A rollout is over when the controller has seen the last change and every pod is of it and ready. */
export function workloadState({ kind, object }: Workload): WorkloadState {
  switch (kind) {
    case "Deployment":
      return ofReplicas(object, ["updatedReplicas", "readyReplicas", "availableReplicas"]);
    case "StatefulSet":
      return ofReplicas(object, ["updatedReplicas", "readyReplicas"]);
    case "DaemonSet":
      return ofCounts(object, countAt(object, "status", "desiredNumberScheduled"), [
        "updatedNumberScheduled",
        "numberReady",
      ]);
    case "Job": {
      const wanted = wantedAt(object, "completions");
      const done = countAt(object, "status", "succeeded");
      const failed = holds(object, "Failed") || holds(object, "FailureTarget");
      return { ready: done >= wanted, state: failed ? "failed" : `${done} of ${wanted} completed` };
    }
    default:
      return ofPod(object);
  }
}

function ofPod(pod: unknown): WorkloadState {
  const phase = textAt(pod, "status", "phase");
  const waiting = itemsAt(pod, "status", "containerStatuses")
    .map((status) => textAt(status, "state", "waiting", "reason"))
    .find((reason) => reason !== "");
  return { ready: phase === "Succeeded" || holds(pod, "Ready"), state: waiting ?? phase };
}

function ofReplicas(object: unknown, counts: readonly string[]): WorkloadState {
  return ofCounts(object, wantedAt(object, "replicas"), counts);
}

function ofCounts(object: unknown, wanted: number, counts: readonly string[]): WorkloadState {
  const ready = Math.min(...counts.map((key) => countAt(object, "status", key)));
  const seen = countAt(object, "status", "observedGeneration") >= countAt(object, "metadata", "generation");
  return { ready: seen && ready >= wanted, state: `${ready} of ${wanted} pods ready` };
}

/** Zero is a number that was chosen; only where there is none it is one. */
function wantedAt(object: unknown, key: string): number {
  const found = valueAt(object, "spec", key);
  return typeof found === "number" ? found : 1;
}

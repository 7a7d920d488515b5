/**
 * Tells a pod that serves from one that has only just been started once more: without a readiness probe Kubernetes calls
 * a container ready as soon as it runs, and so a program that crashes is ready for a moment in each round.
 */
import { textAt, valueAt } from "../../charts/json.ts";
import { type ContainerView, containersOf, eventsAbout, isPodReady } from "./container.ts";
import type { Snapshot, Workload } from "./snapshot.ts";
import { type WorkloadState, workloadState } from "./workload.ts";

/** How long a container without a readiness probe must run, in milliseconds: the kubelet may tell of its end late. */
const FIRST_RUN = 5000;
/** The same for one that has ended before: the kubelet's first pause between two tries. */
const NEXT_RUN = 10_000;
/** How long a failed liveness probe casts doubt, in milliseconds: one period of its default. */
const DOUBT = 10_000;

/** True for a pod that has done its work, or serves and is not about to be killed. */
export function isSteady(pod: unknown, events: readonly unknown[], now: number): boolean {
  if (textAt(pod, "status", "phase") === "Succeeded") return true;
  return isPodReady(pod) && containersOf(pod).every((each) => each.isInit || isContainerSteady(each, events, now));
}

/** How far a workload is, where ready means that its pods are steady. */
export function standingOf(snapshot: Snapshot, workload: Workload, now: number): WorkloadState {
  const found = workloadState(workload);
  if (!found.ready || workload.kind === "Job") return found;
  const pods = snapshot.podsOf(workload).filter(isPodReady);
  if (pods.every((pod) => isSteady(pod, snapshot.eventsOf(pod), now))) return found;
  return { ready: false, state: `${found.state}, and is watched for whether it stays so` };
}

function isContainerSteady(container: ContainerView, events: readonly unknown[], now: number): boolean {
  const { spec, runningSince, ends } = container;
  const doubts = eventsAbout(container, events).filter((event) =>
    textAt(event, "message").startsWith("Liveness probe"),
  );
  const lastDoubt = Date.parse(textAt(doubts.at(-1), "lastTimestamp"));
  if (lastDoubt >= runningSince && now - lastDoubt < DOUBT) return false;
  if (valueAt(spec, "readinessProbe") !== undefined) return true;
  return now - runningSince >= (ends > 0 ? NEXT_RUN : FIRST_RUN);
}

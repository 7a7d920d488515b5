/**
 * Decides from a snapshot whether a release has failed in a way that time does not heal, and why. The rules are in the
 * files beside: what a pod shows (pod-start, crash, probe), what controllers say (controller), who needs whom
 * (dependency), and what of it is final (judgement).
 */
import type { Diagnosis } from "./cause.ts";
import { containersOf } from "./container.ts";
import { failedJob, notCreated, overdue, unbound } from "./controller.ts";
import { crashed } from "./crash.ts";
import { dependenciesIn } from "./dependency.ts";
import { judge } from "./judgement.ts";
import { lastLogOf, logOf, type PodLog } from "./logs.ts";
import { type PodView, takenAway, unmade, unprepared, unscheduled } from "./pod-start.ts";
import { NOT_THERE, progressOf, type Seen, type Wanted } from "./progress.ts";
import { killedByProbe, neverReady } from "./probe.ts";
import { readSnapshot, type Snapshot, type Workload } from "./snapshot.ts";
import { isSteady, standingOf } from "./steady.ts";
import { type Symptom, symptomOf } from "./symptom.ts";

export { CAUSES, type Cause, type Diagnosis } from "./cause.ts";
export { describeDiagnosis, diagnosisLine } from "./describe.ts";

/** What is known besides the snapshot. */
export type Circumstances = {
  /** Moment of the snapshot by the cluster's clock, in milliseconds since 1970. */
  readonly now: number;
  /** Logs that were read so far, the oldest first. */
  readonly logs?: readonly PodLog[];
  /** True when the time for all to be ready is over. */
  readonly late?: boolean;
  /** What helm said when it refused or gave up the install. */
  readonly refused?: string | undefined;
  /** What must be there besides what is there. */
  readonly wanted?: readonly Wanted[];
};

/**
 * Lists what keeps a release from standing, root causes first; nothing while it may still come up. What it quotes may
 * hold secrets: `redactDiagnosis` leaves them out.
 *
 * @param document What `kubectl get <SNAPSHOT_KINDS> --output json` printed, parsed.
 */
export function diagnose(document: unknown, circumstances: Circumstances): Diagnosis[] {
  const { now, logs = [], late = false, refused, wanted = [] } = circumstances;
  const snapshot = readSnapshot(document);
  const waiting = snapshot.workloads.filter((workload) => !standingOf(snapshot, workload, now).ready);
  const symptoms = [
    ...snapshot.ofKind("PersistentVolumeClaim").map((claim) => unbound(snapshot, claim, now)),
    ...waiting.map((workload) => symptomIn(snapshot, workload, logs, now)),
  ].filter((symptom) => symptom !== undefined);
  const dependencies = dependenciesIn(snapshot, logs);
  const found = judge({ snapshot, now, waiting, symptoms, dependencies });
  if (found.length > 0) return found;
  if (refused !== undefined) return [refusal(refused)];
  return late
    ? [...waiting.map((workload) => tooLate(snapshot, workload, symptoms, now)), ...absent({ document, now }, wanted)]
    : [];
}

/** What is seen in a workload: what its controller says, else what is seen in its pods. */
function symptomIn(snapshot: Snapshot, workload: Workload, logs: readonly PodLog[], now: number): Symptom | undefined {
  const ofPod = podSymptom(snapshot, workload, logs, now);
  const sets = snapshot.ofKind("ReplicaSet").filter((set) => snapshot.workloadOf(set).uid === workload.uid);
  const owners = sets.length > 0 ? sets : [workload.object];
  const kept = owners.map((owner) => notCreated(snapshot, owner, now)).find((symptom) => symptom !== undefined);
  const given = failedJob(snapshot, workload, ofPod ?? lastWords(workload, logs)) ?? kept;
  if (given !== undefined) return given;
  return ofPod?.finality === "now" ? ofPod : (overdue(workload, ofPod) ?? ofPod);
}

/** The symptom of the pod that is worst off. */
function podSymptom(snapshot: Snapshot, workload: Workload, logs: readonly PodLog[], now: number): Symptom | undefined {
  const pods = snapshot.podsOf(workload).filter((pod) => !isSteady(pod, snapshot.eventsOf(pod), now));
  const nodes = snapshot.ofKind("Node");
  const found = pods.flatMap((pod) => {
    const symptom = inPod({ pod, workload, events: snapshot.eventsOf(pod), now, nodes }, logs);
    return symptom === undefined ? [] : [symptom];
  });
  const worst = found.find(({ finality }) => finality === "now") ?? found.at(-1);
  if (worst === undefined || found.length === 1) return worst;
  const same = found.filter(({ diagnosis }) => diagnosis.cause === worst.diagnosis.cause).length;
  if (same === 1) return worst;
  return { ...worst, diagnosis: { ...worst.diagnosis, reason: `${worst.diagnosis.reason} (${same} pods)` } };
}

function inPod(view: PodView, logs: readonly PodLog[]): Symptom | undefined {
  const { pod } = view;
  const early = unscheduled(view) ?? takenAway(view);
  if (early !== undefined) return early;
  for (const container of containersOf(pod)) {
    const log = logOf(logs, pod, container.name);
    const found =
      unmade(view, container) ??
      killedByProbe(view, container, log) ??
      crashed(view, container, log) ??
      neverReady(view, container, log);
    if (found !== undefined) return found;
  }
  return unprepared(view);
}

/** What a pod wrote that its job has removed since. */
function lastWords(workload: Workload, logs: readonly PodLog[]): Symptom | undefined {
  const log = lastLogOf(logs, workload);
  if (log === undefined) return undefined;
  const reason = `container ${log.container} had not ended`;
  return symptomOf(workload, { cause: "job-failed", reason, finality: "later", log });
}

function tooLate(snapshot: Snapshot, workload: Workload, symptoms: readonly Symptom[], now: number): Diagnosis {
  const { state } = standingOf(snapshot, workload, now);
  const seen = symptoms.find((symptom) => symptom.workload.uid === workload.uid);
  const late = symptomOf(workload, { cause: "not-ready-in-time", reason: state, finality: "now" }).diagnosis;
  if (seen === undefined) return late;
  return { ...seen.diagnosis, cause: late.cause, reason: `${state} when the time was over; ${seen.diagnosis.reason}` };
}

function refusal(said: string): Diagnosis {
  const workload = { kind: "helm", name: "install", namespace: "", uid: "", object: undefined };
  return symptomOf(workload, { cause: "refused", reason: said, finality: "now" }).diagnosis;
}

/** What is wanted and was never made. */
function absent(seen: Seen, wanted: readonly Wanted[]): Diagnosis[] {
  return progressOf(seen, wanted, [], 0)
    .filter(({ state }) => state === NOT_THERE)
    .map(({ namespace, resource }) => {
      const [kind = "", name = ""] = resource.split(" ");
      const workload = { kind, name, namespace, uid: "", object: undefined };
      const reason = "it was not there when the time was over";
      return symptomOf(workload, { cause: "not-ready-in-time", reason, finality: "now" }).diagnosis;
    });
}

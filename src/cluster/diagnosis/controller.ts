/** What controllers say themselves: pods that they may not make, claims without a volume, jobs and rollouts that gave up. */
import { entriesAt, itemsAt, textAt, valueAt } from "../../charts/json.ts";
import type { Cause } from "./cause.ts";
import { conditionOf, countAt, holds, isHook, namespaceOf, type Snapshot, type Workload } from "./snapshot.ts";
import { type Finality, type Symptom, symptomOf, symptomOfObject } from "./symptom.ts";
import { workloadState } from "./workload.ts";

/** Time for what is applied together to be there, in milliseconds. */
const SETTLED = 3000;

/** Pods that the cluster does not allow a controller to make. */
export function notCreated(snapshot: Snapshot, owner: unknown, now: number): Symptom | undefined {
  if (hasAllPods(owner)) return undefined;
  const events = snapshot.eventsOf(owner).filter((each) => textAt(each, "reason") === "FailedCreate");
  const event = events.at(-1);
  const failed = conditionOf(owner, "ReplicaFailure");
  const message =
    textAt(failed, "message") || textAt(event, "message").replace(/^(\(combined.*?\): )?Error creating: /, "");
  if (message === "") return undefined;
  const since = textAt(failed, "lastTransitionTime") || textAt(events[0], "firstTimestamp");
  const isSettled = now - Date.parse(since) >= SETTLED;
  const { cause, finality } = refusal(message, isSettled);
  const isShared = cause === "quota-exceeded" && mayBeFreed(snapshot, namespaceOf(owner));
  return symptomOf(snapshot.workloadOf(owner), {
    ...{ cause, reason: message, event, finality: isShared ? "alone" : finality },
  });
}

/** A claim that will not be bound. */
export function unbound(snapshot: Snapshot, claim: unknown, now: number): Symptom | undefined {
  if (textAt(claim, "status", "phase") !== "Pending") return undefined;
  const reasons = ["FailedBinding", "ProvisioningFailed"];
  const event = snapshot.eventsOf(claim).findLast((each) => reasons.includes(textAt(each, "reason")));
  if (event === undefined) return undefined;
  const message = textAt(event, "message");
  const isSettled = now - Date.parse(textAt(claim, "metadata", "creationTimestamp")) >= SETTLED;
  // A class that is not there stays away; what a provisioner could not do, it tries again.
  const isForGood = /not found|no storage class is set/.test(message) || countAt(event, "count") >= 3;
  const finality = isSettled && isForGood ? "now" : "later";
  return symptomOfObject(claim, { cause: "claim-not-bound", reason: message, event, finality });
}

/** A job that has given up. What its last pod showed goes with it. */
export function failedJob(snapshot: Snapshot, workload: Workload, ofPod: Symptom | undefined): Symptom | undefined {
  const { object } = workload;
  const type = ["Failed", "FailureTarget"].find((each) => holds(object, each));
  if (workload.kind !== "Job" || type === undefined) return undefined;
  const condition = conditionOf(object, type);
  const general: Cause = isHook(object) ? "hook-failed" : "job-failed";
  const isExact = ofPod !== undefined && !["crash-loop", "init-failed"].includes(ofPod.diagnosis.cause);
  const cause = isExact ? ofPod.diagnosis.cause : general;
  const shown = ofPod === undefined ? "" : `; ${ofPod.diagnosis.reason}`;
  const reason = `${textAt(condition, "reason")}: ${textAt(condition, "message")}${shown}`;
  const event = snapshot.eventsOf(object).findLast((each) => textAt(each, "type") === "Warning");
  const symptom = symptomOf(workload, { cause, reason, event, finality: "now" });
  if (ofPod === undefined) return symptom;
  const { event: own, ...diagnosis } = ofPod.diagnosis;
  const events = symptom.diagnosis.event ?? own;
  return {
    ...ofPod,
    finality: "now",
    diagnosis: {
      ...diagnosis,
      ...symptom.diagnosis,
      previous: diagnosis.previous,
      ...(events === undefined ? {} : { event: events }),
    },
  };
}

/** A rollout that has used up the time that it was given. */
export function overdue(workload: Workload, ofPod: Symptom | undefined): Symptom | undefined {
  const progressing = conditionOf(workload.object, "Progressing");
  if (textAt(progressing, "reason") !== "ProgressDeadlineExceeded") return undefined;
  const said = textAt(progressing, "message");
  const reason =
    ofPod === undefined ? `${said}; ${workloadState(workload).state}` : `${said}; ${ofPod.diagnosis.reason}`;
  const symptom = symptomOf(workload, { cause: "rollout-overdue", reason, finality: "now" });
  if (ofPod === undefined) return symptom;
  const { cause, nextStep, reason: overdueReason } = symptom.diagnosis;
  return { ...ofPod, finality: "now", diagnosis: { ...ofPod.diagnosis, cause, nextStep, reason: overdueReason } };
}

function refusal(message: string, isSettled: boolean): { readonly cause: Cause; readonly finality: Finality } {
  const settled = isSettled ? "now" : "later";
  if (/exceeded quota|failed quota/.test(message)) return { cause: "quota-exceeded", finality: "now" };
  if (message.includes("error looking up service account"))
    return { cause: "service-account-missing", finality: settled };
  if (message.includes("failed calling webhook")) return { cause: "webhook-unavailable", finality: settled };
  return { cause: "denied-by-admission", finality: "now" };
}

/** What a quota counts becomes free when a job ends or a pod is gone. */
function mayBeFreed(snapshot: Snapshot, namespace: string): boolean {
  const own = (object: unknown) => namespaceOf(object) === namespace;
  return (
    snapshot.ofKind("Pod").some((pod) => own(pod) && textAt(pod, "metadata", "deletionTimestamp") !== "") ||
    snapshot.ofKind("Job").some((job) => own(job) && countAt(job, "status", "active") > 0)
  );
}

function hasAllPods(owner: unknown): boolean {
  const { length } = entriesAt(owner, "status");
  if (textAt(owner, "kind") === "Job") {
    return ["active", "succeeded", "failed"].some((key) => countAt(owner, "status", key) > 0);
  }
  if (textAt(owner, "kind") === "DaemonSet") {
    return (
      length > 0 &&
      countAt(owner, "status", "currentNumberScheduled") >= countAt(owner, "status", "desiredNumberScheduled")
    );
  }
  const wanted = valueAt(owner, "spec", "replicas");
  return length > 0 && countAt(owner, "status", "replicas") >= (typeof wanted === "number" ? wanted : 1);
}

/** Names of the claims that a pod mounts. */
export function claimsOf(pod: unknown): string[] {
  return itemsAt(pod, "spec", "volumes")
    .map((volume) => textAt(volume, "persistentVolumeClaim", "claimName"))
    .filter((name) => name !== "");
}

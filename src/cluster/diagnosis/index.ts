/** Decides from a snapshot of a namespace whether a release has failed in a way that time does not heal, and why. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { rolloutsOf } from "../rollout.ts";
import { byCause, type Cause, type Diagnosis } from "./cause.ts";
import { diagnosePod, isReady, oneLine } from "./pod.ts";

export { CAUSES, type Cause, describeDiagnoses, type Diagnosis } from "./cause.ts";

/** What is known besides the snapshot. */
export type Circumstances = {
  /** What helm said when it refused or gave up the install. */
  readonly refused: string | undefined;
  /** True when the time for the install is over. */
  readonly late: boolean;
  /** Moment of the snapshot, in milliseconds since 1970. */
  readonly now: number;
};

/**
 * Lists what keeps a release from standing, root causes first; nothing while it may still come up.
 *
 * @param snapshot What `kubectl get deployments,replicasets,jobs,pods,events,... --output json` printed, parsed.
 */
export function diagnose(snapshot: unknown, circumstances: Circumstances): Diagnosis[] {
  const items = itemsAt(snapshot, "items");
  const ofKind = (kind: string) => items.filter((item) => textAt(item, "kind") === kind);
  const events = ofKind("Event");
  const pods = ofKind("Pod").filter((pod) => textAt(pod, "metadata", "deletionTimestamp") === "");
  const found = [
    ...ofKind("ReplicaSet").flatMap((set) => notCreated(set, events)),
    ...[...ofKind("StatefulSet"), ...ofKind("DaemonSet"), ...ofKind("Job")].flatMap((owner) =>
      notCreated(owner, events),
    ),
    ...ofKind("PersistentVolumeClaim").flatMap((claim) => unbound(claim, events)),
    ...podDiagnoses(pods, events, circumstances),
  ];
  if (found.length === 0)
    found.push(...ofKind("Job").flatMap((job) => failedJob(job, pods)), ...ofKind("Deployment").flatMap(overdue));
  if (found.length === 0 && circumstances.refused !== undefined)
    found.push(plain("refused", "helm install", circumstances.refused));
  if (found.length === 0 && circumstances.late) found.push(...late(snapshot));
  return byCause(found);
}

/** Pods, each with the knowledge whether something else may still come up that it waits for. */
function podDiagnoses(
  pods: readonly unknown[],
  events: readonly unknown[],
  { now, late: isLate }: Circumstances,
): Diagnosis[] {
  const crashing = (pod: unknown) =>
    itemsAt(pod, "status", "containerStatuses").some(
      (status) =>
        valueAt(status, "lastState", "terminated") !== undefined ||
        valueAt(status, "state", "terminated") !== undefined,
    );
  const starting = pods.filter((pod) => !isReady(pod) && !crashing(pod));
  return pods.flatMap((pod) => {
    const othersStart = !isLate && starting.some((other) => other !== pod && !sameOwner(other, pod));
    const found = diagnosePod({ pod, events: eventsOf(events, pod), now, othersStart });
    return found === undefined ? [] : [found];
  });
}

/** Replicas of one pod do not wait for each other. */
function sameOwner(one: unknown, other: unknown): boolean {
  const owner = textAt(one, "metadata", "ownerReferences", 0, "uid");
  return owner !== "" && owner === textAt(other, "metadata", "ownerReferences", 0, "uid");
}

/** A controller that may not make its pods. */
function notCreated(owner: unknown, events: readonly unknown[]): Diagnosis[] {
  const failed = itemsAt(owner, "status", "conditions").find(
    (each) => textAt(each, "type") === "ReplicaFailure" && textAt(each, "status") === "True",
  );
  const event = eventsOf(events, owner).findLast((each) => textAt(each, "reason") === "FailedCreate");
  const message = textAt(failed, "message") || textAt(event, "message");
  if (message === "") return [];
  const cause: Cause = /exceeded quota|must specify/.test(message) ? "quota-exceeded" : "denied-by-admission";
  return [plain(cause, nameOf(owner), message)];
}

function unbound(claim: unknown, events: readonly unknown[]): Diagnosis[] {
  if (textAt(claim, "status", "phase") !== "Pending") return [];
  const reasons = ["FailedBinding", "ProvisioningFailed"];
  const event = eventsOf(events, claim).findLast((each) => reasons.includes(textAt(each, "reason")));
  return event === undefined ? [] : [plain("claim-not-bound", nameOf(claim), textAt(event, "message"))];
}

function failedJob(job: unknown, pods: readonly unknown[]): Diagnosis[] {
  const failed = itemsAt(job, "status", "conditions").find(
    (each) => textAt(each, "type") === "Failed" && textAt(each, "status") === "True",
  );
  if (failed === undefined) return [];
  const uid = textAt(job, "metadata", "uid");
  const pod = pods.findLast((each) => textAt(each, "metadata", "ownerReferences", 0, "uid") === uid);
  const reason = `${textAt(failed, "reason")}: ${textAt(failed, "message")}`;
  const container = textAt(pod, "spec", "containers", 0, "name");
  const log = pod === undefined ? {} : { pod: textAt(pod, "metadata", "name"), container };
  return [{ ...plain("job-failed", nameOf(job), reason), ...log }];
}

function overdue(deployment: unknown): Diagnosis[] {
  const progressing = itemsAt(deployment, "status", "conditions").find(
    (each) => textAt(each, "type") === "Progressing",
  );
  if (textAt(progressing, "reason") !== "ProgressDeadlineExceeded") return [];
  return [plain("rollout-overdue", nameOf(deployment), textAt(progressing, "message"))];
}

function late(snapshot: unknown): Diagnosis[] {
  return rolloutsOf(snapshot)
    .filter(({ ready }) => !ready)
    .map(({ resource, state }) => plain("rollout-overdue", resource, `${state} when the time was over`));
}

function eventsOf(events: readonly unknown[], object: unknown): unknown[] {
  const uid = textAt(object, "metadata", "uid");
  return events
    .filter((event) => textAt(event, "involvedObject", "uid") === uid)
    .sort((one, other) => momentOf(one).localeCompare(momentOf(other)));
}

function momentOf(event: unknown): string {
  return textAt(event, "lastTimestamp") || textAt(event, "eventTime");
}

function nameOf(object: unknown): string {
  return `${textAt(object, "kind")} ${textAt(object, "metadata", "name")}`;
}

function plain(cause: Cause, object: string, reason: string): Diagnosis {
  return { cause, object, reason: oneLine(reason), previous: false };
}

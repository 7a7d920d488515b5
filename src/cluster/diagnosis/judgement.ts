/** Decides which symptoms are final, and which failure follows from which. */
import { textAt } from "../../charts/json.ts";
import { causeRank, type Diagnosis } from "./cause.ts";
import { isPodReady } from "./container.ts";
import type { Dependencies } from "./dependency.ts";
import { conditionOf, type Snapshot, type Workload } from "./snapshot.ts";
import type { Symptom } from "./symptom.ts";

/** Time that a network takes to lead to what has just become ready, in milliseconds. */
const REACHABLE = 5000;

/** Time in which a program notices that what it waited for is ready, and its probe that it is itself, in milliseconds. */
const RECOVERY = 15_000;

/** All that is judged. */
export type Case = {
  readonly snapshot: Snapshot;
  /** Moment of the snapshot, in milliseconds since 1970. */
  readonly now: number;
  /** Workloads that are not ready. */
  readonly waiting: readonly Workload[];
  readonly symptoms: readonly Symptom[];
  readonly dependencies: Dependencies;
};

/**
 * Lists the diagnoses that are final, each failure before those that follow from it; nothing while all may still come up.
 * One that is final makes those final that wait for it, so it is decided until nothing changes any more.
 */
export function judge(given: Case): Diagnosis[] {
  const final = new Set(given.symptoms.filter(({ finality }) => finality === "now"));
  for (;;) {
    const more = given.symptoms.filter((symptom) => !final.has(symptom) && isFinalBeside(given, symptom, final));
    if (more.length === 0) break;
    more.forEach((symptom) => final.add(symptom));
  }
  const found = [...final];
  return found.map((symptom) => withRelations(given, symptom, found)).sort(rootsFirst);
}

function isFinalBeside(given: Case, symptom: Symptom, final: ReadonlySet<Symptom>): boolean {
  if (symptom.finality === "alone") return isAlone(given, symptom, final) && !mayRecover(given, symptom);
  if (symptom.finality === "dependency") return isWithoutHope(given, symptom, final);
  // What another failure comes from is its root, even before its own time is over.
  return isDown(symptom) && [...final].some((other) => isLackedBy(given, symptom, other));
}

/** True where nothing else of the namespace is still starting, for which the workload may be waiting. */
function isAlone({ waiting, symptoms, dependencies }: Case, symptom: Symptom, final: ReadonlySet<Symptom>): boolean {
  const { workload } = symptom;
  return waiting
    .filter((other) => other.namespace === workload.namespace && other.uid !== workload.uid)
    .every((other) => {
      const own = symptoms.find((each) => each.workload.uid === other.uid);
      if (own !== undefined && (final.has(own) || own.finality === "alone")) return true;
      const claims = [...final].some((each) => dependencies.usersOf(each).some(({ uid }) => uid === other.uid));
      return claims || dependencies.needsOf(other, own).workloads.some(({ uid }) => uid === workload.uid);
    });
}

/** True for what runs and is not ready a moment after something beside it, for which it may have waited, became ready. */
function mayRecover(given: Case, { workload, diagnosis }: Symptom): boolean {
  if (diagnosis.cause !== "readiness-probe-failed") return false;
  const beside = given.snapshot.workloads.filter(
    ({ namespace, uid }) => namespace === workload.namespace && uid !== workload.uid,
  );
  return beside.some((other) => Math.abs(given.now - readySince(given, other)) < RECOVERY);
}

/** True where what the workload cannot reach is not there, has failed, or was ready when it was tried in vain. */
function isWithoutHope(given: Case, symptom: Symptom, final: ReadonlySet<Symptom>): boolean {
  const { workloads, empty } = given.dependencies.needsOf(symptom.workload, symptom);
  if (workloads.length === 0) {
    return symptom.unknownHost !== undefined || empty.length > 0 || isAlone(given, symptom, final);
  }
  const failed = new Set([...final].map(({ workload }) => workload.uid));
  if (workloads.some(({ uid }) => failed.has(uid))) return true;
  return workloads.every((workload) => readySince(given, workload) + REACHABLE < (symptom.triedAt ?? 0));
}

/** When a workload became ready, in milliseconds; infinite where it is not. */
function readySince({ snapshot }: Case, workload: Workload): number {
  const ready = snapshot.podsOf(workload).filter(isPodReady);
  const since = ready.map((pod) => Date.parse(textAt(conditionOf(pod, "Ready"), "lastTransitionTime")));
  return Math.min(Infinity, ...since);
}

/** True where a failure names a workload as what it cannot reach. */
function isLackedBy({ dependencies }: Case, { workload }: Symptom, other: Symptom): boolean {
  if (other.line === undefined || other.workload.uid === workload.uid) return false;
  return dependencies.needsOf(other.workload, other).workloads.some(({ uid }) => uid === workload.uid);
}

/** True for what has failed already, and is only tried again. */
function isDown({ diagnosis }: Symptom): boolean {
  return !["readiness-probe-failed", "unschedulable-taint"].includes(diagnosis.cause);
}

function withRelations(given: Case, symptom: Symptom, found: readonly Symptom[]): Diagnosis {
  const { dependencies, waiting, symptoms } = given;
  const root = found.find((other) => isLackedBy(given, other, symptom));
  const users = dependencies.usersOf(symptom);
  const followers = waiting.filter((other) => {
    if (other.uid === symptom.workload.uid) return false;
    if (users.some(({ uid }) => uid === other.uid)) return true;
    const own = symptoms.find((each) => each.workload.uid === other.uid);
    // What has a fault of its own does not follow from another, whatever it names.
    if (own !== undefined && own.line === undefined && found.includes(own)) return false;
    return dependencies.needsOf(other, own).workloads.some(({ uid }) => uid === symptom.workload.uid);
  });
  const { diagnosis } = symptom;
  const { empty } = symptom.line === undefined ? { empty: [] } : dependencies.needsOf(symptom.workload, symptom);
  return {
    ...diagnosis,
    reason: diagnosis.reason + missing(given, symptom, empty),
    followers: followers.map(({ kind, name }) => `${kind} ${name}`),
    ...(root === undefined ? {} : { follows: root.diagnosis.object }),
  };
}

/** What is known of a name that leads nowhere. */
function missing({ dependencies, waiting }: Case, symptom: Symptom, empty: readonly string[]): string {
  if (symptom.line === undefined) return "";
  if (empty.length > 0) return `; Service ${empty.join(", ")} selects no pods`;
  const { workloads } = dependencies.needsOf(symptom.workload, symptom);
  if (workloads.length === 0) {
    return symptom.unknownHost === undefined ? "" : `; no Service is named ${symptom.unknownHost}`;
  }
  const unready = workloads.filter(({ uid }) => waiting.some((other) => other.uid === uid));
  return unready.length === 0 ? "" : `; ${unready.map(({ kind, name }) => `${kind} ${name}`).join(", ")} is not ready`;
}

function rootsFirst(one: Diagnosis, other: Diagnosis): number {
  const follows = (diagnosis: Diagnosis) => (diagnosis.follows === undefined ? 0 : 1);
  return (
    follows(one) - follows(other) ||
    other.followers.length - one.followers.length ||
    causeRank(one.cause) - causeRank(other.cause)
  );
}

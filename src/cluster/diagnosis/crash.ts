/**
 * Containers that end and are started again. A crash while a dependency starts may heal, so it is judged by evidence:
 * one end decides where the container says itself that it cannot run; otherwise it takes two, and the log tells whether
 * the fault is its own or of something that it cannot reach. Without evidence it gets two more tries while others start.
 */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { type Cause, CAUSES } from "./cause.ts";
import { type ContainerView, eventsAbout } from "./container.ts";
import { type LogEvidence, type PodLog, readLog } from "./logs.ts";
import { isBeyondRepair, type PodView } from "./pod-start.ts";
import { countAt } from "./snapshot.ts";
import { type Finality, type Symptom, symptomOfContainer, type SymptomParts } from "./symptom.ts";

/** Ends after which a crash is believed. */
const BELIEVED = 2;
/** Ends after which it is believed that something else cannot be reached: of the first two, both are in its first seconds. */
const OUT_OF_REACH = 3;
/** Ends after which a crash without evidence is final even while others start: some 30 seconds. */
const PATIENT = 4;
/** Ends after which a crash is final even while what it needs is starting: some 150 seconds. */
const VERY_PATIENT = 6;

/** A container that has ended and is down; nothing where it does what it should. */
export function crashed(view: PodView, container: ContainerView, log: PodLog | undefined): Symptom | undefined {
  const { pod, workload } = view;
  const { lastEnd, status, isInit } = container;
  const isDown = valueAt(status, "state", "running") === undefined;
  if (lastEnd === undefined || !isDown || isDoneWell(view, container)) return undefined;
  const parts = partsOf(view, container, log);
  // A program that was not started has its own message; the kubelet's is only that it waits.
  const nextStep = isInit && parts.cause === "crash-loop" ? CAUSES["init-failed"] : undefined;
  const cause = isInit && parts.cause === "crash-loop" ? "init-failed" : parts.cause;
  return symptomOfContainer(workload, pod, container, {
    ...(nextStep === undefined ? {} : { nextStep }),
    ...parts,
    ...{ cause, triedAt: Date.parse(textAt(lastEnd, "startedAt")) },
    ...(log === undefined ? {} : { log }),
  });
}

function partsOf(view: PodView, container: ContainerView, log: PodLog | undefined): SymptomParts {
  const { lastEnd } = container;
  const ends = endsOf(view, container);
  const reason = textAt(lastEnd, "reason");
  const message = textAt(lastEnd, "message");
  const times = container.ends === 1 ? "once" : `${container.ends} times`;
  const believed: Finality = ends >= BELIEVED ? "now" : "later";
  if (reason === "OOMKilled") {
    const limit = textAt(container.spec, "resources", "limits", "memory") || "the node's memory";
    return { cause: "out-of-memory", reason: `killed ${times} at its memory limit, ${limit}`, finality: believed };
  }
  if (reason === "StartError" || reason === "ContainerCannotRun") {
    const finality = isBeyondRepair(message) ? "now" : believed;
    return { cause: "cannot-start", reason: message, finality };
  }
  const event = eventsAbout(container, view.events).findLast((each) => textAt(each, "type") === "Warning");
  const hook = eventsAbout(container, view.events).findLast((each) => textAt(each, "reason") === "FailedPostStartHook");
  if (hook !== undefined) {
    const command = itemsAt(container.spec, "lifecycle", "postStart", "exec", "command").map(String);
    const isSaid = container.waitingReason === "PostStartHookError";
    const said = isSaid ? textAt(container.status, "state", "waiting", "message") : command.join(" ");
    const text = `PostStart hook failed ${times}: ${said || textAt(hook, "message")}`;
    return {
      cause: "lifecycle-hook-failed",
      reason: text,
      finality: ends >= BELIEVED ? "alone" : "later",
      event: hook,
    };
  }
  const text = `ended with exit code ${countAt(lastEnd, "exitCode")} ${times}`;
  return { ...judged(readLog(log?.text ?? message), ends, text), event };
}

/** Decides by what the log says. */
function judged(evidence: LogEvidence, ends: number, text: string): SymptomParts {
  const waits = (otherwise: Finality, patience: number, believed = BELIEVED): Finality => {
    if (ends >= patience) return "now";
    return ends >= believed ? otherwise : "later";
  };
  switch (evidence.kind) {
    case "own": {
      const cause: Cause = evidence.cause ?? "crash-loop";
      return { cause, reason: `${text}: ${evidence.line}`, finality: waits("now", BELIEVED) };
    }
    case "dependency": {
      const { line, unknownHost } = evidence;
      const parts = { cause: "crash-loop" as const, reason: `${text}: ${line}`, line };
      // A name server that knows no such name is sure of it; a network may only just be made.
      const believed = unknownHost === undefined ? OUT_OF_REACH : BELIEVED;
      const finality = waits("dependency", VERY_PATIENT, believed);
      return { ...parts, finality, ...(unknownHost === undefined ? {} : { unknownHost }) };
    }
    case "none":
      return { cause: "crash-loop", reason: text, finality: waits("alone", PATIENT) };
  }
}

/** The ends of this container, and of those in the pods that its Job had before. A Job is to be patient, by one try. */
function endsOf({ workload }: PodView, { ends }: ContainerView): number {
  if (workload.kind !== "Job") return ends;
  return Math.max(ends, countAt(workload.object, "status", "failed")) - 1;
}

/** True where the container was to end, and has. */
function isDoneWell({ workload, pod }: PodView, { lastEnd, isInit }: ContainerView): boolean {
  if (countAt(lastEnd, "exitCode") !== 0) return false;
  return isInit || workload.kind === "Job" || textAt(pod, "spec", "restartPolicy") !== "Always";
}

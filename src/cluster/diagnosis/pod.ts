/** Finds in a pod's status, and in the events about it, a state that it will not leave. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import type { Cause, Diagnosis } from "./cause.ts";

/** A pod, its events and the moment of the snapshot. */
export type PodView = {
  readonly pod: unknown;
  readonly events: readonly unknown[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** True while something else of the release may still come up, for which this pod may be waiting. */
  readonly othersStart: boolean;
};

/** Restarts after which a crash is final even while others start. */
const PATIENT_RESTARTS = 4;
/** Time that the scheduler and the kubelet get to try again, in milliseconds. */
const SETTLED = 3000;
/** Time that a running container may be unready when nothing else is awaited any more, in milliseconds. */
const UNREADY = 30_000;

const WAITING: Readonly<Record<string, Cause>> = {
  ErrImageNeverPull: "image-missing",
  ImagePullBackOff: "image-missing",
  InvalidImageName: "image-missing",
  CreateContainerConfigError: "config-missing",
  CreateContainerError: "cannot-start",
  RunContainerError: "cannot-start",
};

type Container = {
  readonly status: unknown;
  readonly name: string;
  readonly isInit: boolean;
};

/** The cause that keeps a pod from being ready for good; nothing as long as it may still come up. */
export function diagnosePod(view: PodView): Diagnosis | undefined {
  const { pod } = view;
  if (isReady(pod)) return undefined;
  return (
    unscheduled(view) ??
    containersOf(pod)
      .map((container) => ofContainer(view, container))
      .find((found) => found !== undefined) ??
    notStarted(view)
  );
}

/** True for a pod that serves, or has done its work. */
export function isReady(pod: unknown): boolean {
  return textAt(pod, "status", "phase") === "Succeeded" || textAt(condition(pod, "Ready"), "status") === "True";
}

function ofContainer(view: PodView, container: Container): Diagnosis | undefined {
  return waiting(view, container) ?? ended(view, container) ?? probed(view, container);
}

function waiting({ pod }: PodView, container: Container): Diagnosis | undefined {
  const state = valueAt(container.status, "state", "waiting");
  const cause = WAITING[textAt(state, "reason")];
  if (cause === undefined) return undefined;
  const message = textAt(state, "message") || textAt(container.status, "image");
  return about(pod, container, cause, `${textAt(state, "reason")}: ${message}`);
}

/** A container that has ended and is started again, or is not. */
function ended({ pod, events, othersStart }: PodView, container: Container): Diagnosis | undefined {
  const { status } = container;
  const last = valueAt(status, "state", "terminated") ?? valueAt(status, "lastState", "terminated");
  if (last === undefined) return undefined;
  const restarts = numberAt(status, "restartCount");
  const code = numberAt(last, "exitCode");
  const reason = textAt(last, "reason");
  const previous = valueAt(status, "state", "terminated") === undefined;
  const found = (cause: Cause, text: string) => ({
    ...about(pod, container, cause, text),
    ...logOf(pod, container, previous),
  });
  if (reason === "OOMKilled") return found("out-of-memory", `killed at its memory limit, ${limitOf(pod, container)}`);
  if (reason === "StartError" || reason === "ContainerCannotRun") return found("cannot-start", textAt(last, "message"));
  const killed = events
    .map((event) => /failed (startup|liveness) probe/.exec(textAt(event, "message"))?.[1])
    .find((kind) => kind !== undefined);
  if (killed !== undefined && restarts > 0) {
    return found(
      killed === "startup" ? "startup-probe-failed" : "liveness-probe-failed",
      probeMessage(events) ?? `${killed} probe`,
    );
  }
  const backsOff =
    textAt(status, "state", "waiting", "reason") === "CrashLoopBackOff" || textAt(pod, "status", "phase") === "Failed";
  if (!backsOff || code === 0 || (othersStart && restarts < PATIENT_RESTARTS)) return undefined;
  return found(container.isInit ? "init-failed" : "crash-loop", `ended with exit code ${code}, ${restarts} restarts`);
}

/** A container that runs and is not ready. */
function probed({ pod, events, now, othersStart }: PodView, container: Container): Diagnosis | undefined {
  const running = textAt(container.status, "state", "running", "startedAt");
  if (running === "" || container.isInit || valueAt(container.status, "ready") === true || othersStart)
    return undefined;
  const message = probeMessage(events);
  if (message === undefined || now - Date.parse(running) < UNREADY) return undefined;
  return { ...about(pod, container, "readiness-probe-failed", message), ...logOf(pod, container, false) };
}

function unscheduled({ pod, now }: PodView): Diagnosis | undefined {
  const scheduled = condition(pod, "PodScheduled");
  if (textAt(scheduled, "reason") !== "Unschedulable") return undefined;
  const message = textAt(scheduled, "message");
  // The claim itself says why it is not bound.
  if (message.includes("unbound immediate PersistentVolumeClaims")) return undefined;
  if (now - Date.parse(textAt(scheduled, "lastTransitionTime")) < SETTLED) return undefined;
  return about(pod, undefined, "unschedulable", message);
}

/** A pod whose containers are not made: its sandbox, its volumes, or the node took it away. */
function notStarted({ pod, events, now }: PodView): Diagnosis | undefined {
  const reason = textAt(pod, "status", "reason");
  if (reason === "Evicted") return about(pod, undefined, "evicted", textAt(pod, "status", "message"));
  const since = Date.parse(textAt(pod, "status", "startTime"));
  if (!(now - since >= SETTLED) || textAt(pod, "status", "phase") !== "Pending") return undefined;
  const mount = events.find((event) => textAt(event, "reason") === "FailedMount");
  if (mount !== undefined) return about(pod, undefined, "volume-not-mounted", textAt(mount, "message"));
  const sandbox = events.find(
    (event) => textAt(event, "reason") === "FailedCreatePodSandBox" && numberAt(event, "count") > 1,
  );
  return sandbox === undefined ? undefined : about(pod, undefined, "sandbox-failed", textAt(sandbox, "message"));
}

function probeMessage(events: readonly unknown[]): string | undefined {
  const unhealthy = events.filter((event) => textAt(event, "reason") === "Unhealthy").at(-1);
  return unhealthy === undefined ? undefined : textAt(unhealthy, "message");
}

function containersOf(pod: unknown): Container[] {
  const read = (key: string, isInit: boolean) =>
    itemsAt(pod, "status", key).map((status) => ({ status, name: textAt(status, "name"), isInit }));
  return [...read("initContainerStatuses", true), ...read("containerStatuses", false)];
}

function limitOf(pod: unknown, { name }: Container): string {
  const spec = itemsAt(pod, "spec", "containers").find((container) => textAt(container, "name") === name);
  return textAt(spec, "resources", "limits", "memory") || "that of the node";
}

function condition(pod: unknown, type: string): unknown {
  return itemsAt(pod, "status", "conditions").find((each) => textAt(each, "type") === type);
}

function about(pod: unknown, container: Container | undefined, cause: Cause, reason: string): Diagnosis {
  const name = `Pod ${textAt(pod, "metadata", "name")}`;
  const kind = container?.isInit === true ? "init container" : "container";
  const object = container === undefined ? name : `${name}, ${kind} ${container.name}`;
  return { cause, object, reason: oneLine(reason), previous: false };
}

function logOf(pod: unknown, { name }: Container, previous: boolean) {
  return { pod: textAt(pod, "metadata", "name"), container: name, previous };
}

function numberAt(value: unknown, key: string): number {
  const found = valueAt(value, key);
  return typeof found === "number" ? found : 0;
}

/** The message on one line: the kubelet's messages may hold whole answers. */
export function oneLine(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .slice(0, 600);
}

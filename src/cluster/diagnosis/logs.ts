/** Which logs the rules need, and what the lines of a log say about a failure. */
import { textAt, valueAt } from "../../charts/json.ts";
import type { Cause } from "./cause.ts";
import { type ContainerView, containersOf, isPodReady } from "./container.ts";
import { namespaceOf, type Snapshot, type Workload } from "./snapshot.ts";

/** A log that is needed. */
export type LogRequest = {
  readonly namespace: string;
  /** `Kind name` of the workload. */
  readonly object: string;
  readonly pod: string;
  readonly container: string;
  /** Tells one run of a container from the next, and a run that has ended from one that goes on. */
  readonly attempt: string;
  /** True where the run before the present one is meant. */
  readonly previous: boolean;
};

/** A log as the container wrote it; it may hold secrets. */
export type PodLog = LogRequest & { readonly text: string };

/** How long a container may be unready before its log is looked at, in milliseconds; then after twice the time each. */
const QUIET = 4000;

/** The logs that say more and are not there yet: of containers that ended in failure, and of those that stay unready. */
export function wantedLogs(snapshot: Snapshot, have: readonly PodLog[], now: number): LogRequest[] {
  const known = new Set(have.map(keyOf));
  return snapshot
    .ofKind("Pod")
    .filter((pod) => !isPodReady(pod) || isAtWork(snapshot, pod))
    .flatMap((pod) => containersOf(pod).flatMap((container) => requestOf(snapshot, pod, container, now)))
    .filter((request) => !known.has(keyOf(request)));
}

/** The newest log of a container of a pod. */
export function logOf(logs: readonly PodLog[], pod: unknown, container: string): PodLog | undefined {
  const [namespace, name] = [namespaceOf(pod), textAt(pod, "metadata", "name")];
  const own = logs.filter((log) => log.namespace === namespace && log.pod === name && log.container === container);
  return newest(own);
}

/** The newest log of all pods of a workload, also of those that are gone. */
export function lastLogOf(logs: readonly PodLog[], { kind, name, namespace }: Workload): PodLog | undefined {
  return newest(logs.filter((log) => log.object === `${kind} ${name}` && log.namespace === namespace));
}

/** The newest log that could be read: the pod may have gone before its last one. */
function newest(logs: readonly PodLog[]): PodLog | undefined {
  return logs.findLast(({ text }) => text !== "") ?? logs.at(-1);
}

/** The last lines of a log that are not empty. */
export function tailOf(text: string, lines: number): string {
  const filled = text.split("\n").filter((line) => line.trim() !== "");
  return filled.slice(-lines).join("\n");
}

/** What the lines of a log say: a cause that lies in the container itself, or something else that it could not reach. */
export type LogEvidence =
  | { readonly kind: "own"; readonly cause: Cause | undefined; readonly line: string }
  | { readonly kind: "dependency"; readonly line: string; readonly unknownHost: string | undefined }
  | { readonly kind: "none" };

type Pattern = { readonly pattern: RegExp; readonly cause: Cause | undefined };

/** Words of operating systems, languages and servers for what time does not heal. */
const OWN: readonly Pattern[] = [
  { pattern: /exec format error|cannot execute binary file/i, cause: "cannot-start" },
  { pattern: /read-only file ?system|EROFS/i, cause: "read-only-file-system" },
  {
    pattern:
      /password authentication failed|authentication failed|access denied for user|WRONGPASS|NOAUTH|invalid password/i,
    cause: "credentials-refused",
  },
  { pattern: /permission denied for (table|schema|database|relation|sequence|function)/i, cause: undefined },
  { pattern: /permission denied|EACCES|operation not permitted|EPERM/i, cause: "permission-denied" },
  { pattern: /cannot find module|ModuleNotFoundError|ImportError|ClassNotFoundException/, cause: undefined },
  {
    pattern: /\b(required|missing|must be set|not set|undefined|invalid)\b.*\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/,
    cause: undefined,
  },
  {
    pattern: /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b.*\b(required|missing|must be set|not set|undefined|invalid)\b/,
    cause: undefined,
  },
  { pattern: /unknown (flag|option|command)|unrecognized arguments|flag provided but not defined/i, cause: undefined },
  { pattern: /address already in use|EADDRINUSE/i, cause: undefined },
];

/** Lines that their program does not call a failure. */
const MILD = /\b(WARN|WARNING|INFO|NOTICE|DEBUG|TRACE)\b/i;

/** Words for a name that nobody has; the group is the name. A name server that does not answer is another thing. */
const NAMES: readonly RegExp[] = [
  /lookup (\S+?)(?: on \S+)?: no such host/i,
  /getaddrinfo ENOTFOUND (\S+)/,
  /could not translate host name "([^"]+)"(?!.*temporary failure)/i,
  /(?:failed to resolve|unable to resolve|could not resolve)(?: host(?:name)?)?:? ['"]?([\w.-]+)/i,
];

const DEPENDENCY =
  /connection refused|ECONNREFUSED|connection reset|ECONNRESET|no route to host|i\/o timeout|ETIMEDOUT|timed? ?out|deadline exceeded|name or service not known|temporary failure in name resolution|EAI_AGAIN|server misbehaving|is starting up|not yet accepting|no servers available|unavailable|waiting for|could not connect|failed to connect/i;

/** Reads the last lines of a log, the last of them first: what ended the program stands at the end. */
export function readLog(text: string): LogEvidence {
  const lines = tailOf(text, 20).split("\n").reverse();
  for (const line of lines) {
    const host = NAMES.map((pattern) => pattern.exec(line)?.[1]).find((name) => name !== undefined);
    if (host !== undefined) return { kind: "dependency", line, unknownHost: host };
    const own = MILD.test(line) ? undefined : OWN.find(({ pattern }) => pattern.test(line));
    if (own !== undefined) return { kind: "own", cause: own.cause, line };
    if (DEPENDENCY.test(line)) return { kind: "dependency", line, unknownHost: undefined };
  }
  return { kind: "none" };
}

function requestOf(snapshot: Snapshot, pod: unknown, container: ContainerView, now: number): LogRequest[] {
  const { kind, name } = snapshot.workloadOf(pod);
  const { status, lastEnd, runningSince, ends } = container;
  const runs = now - runningSince;
  const hasEnded = lastEnd !== undefined && !isDone(container);
  const isSlow = runs > QUIET && (valueAt(status, "ready") !== true || isAtWork(snapshot, pod));
  if (!hasEnded && !isSlow) return [];
  // A container that was never made has no log, and neither has one of which the runtime could not start a process.
  if (textAt(lastEnd, "reason") === "StartError" || textAt(status, "containerID") === "") return [];
  const previous = valueAt(status, "state", "running") !== undefined && hasEnded;
  return [
    {
      namespace: namespaceOf(pod),
      object: `${kind} ${name}`,
      pod: textAt(pod, "metadata", "name"),
      container: container.name,
      attempt: hasEnded ? `ended ${ends}` : `running ${ends}, look ${Math.floor(Math.log2(runs / QUIET))}`,
      previous,
    },
  ];
}

/** True for the pod of a job that runs: a job that takes too long loses its pods, and their logs with them. */
function isAtWork(snapshot: Snapshot, pod: unknown): boolean {
  return snapshot.workloadOf(pod).kind === "Job" && textAt(pod, "status", "phase") === "Running";
}

function isDone({ lastEnd, isInit }: ContainerView): boolean {
  return isInit && valueAt(lastEnd, "exitCode") === 0;
}

function keyOf({ namespace, pod, container, attempt }: LogRequest): string {
  return [namespace, pod, container, attempt].join("/");
}

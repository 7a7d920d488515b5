/**
 * Containers that run and whose probe fails. A probe declares its own patience, which is waited for in any case. What
 * the program answers tells whether it starts slowly or is asked in the wrong way.
 */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import type { Cause } from "./cause.ts";
import { type ContainerView, eventsAbout } from "./container.ts";
import { type PodLog, readLog } from "./logs.ts";
import type { PodView } from "./pod-start.ts";
import { conditionOf, countAt, timesOf } from "./snapshot.ts";
import { type Finality, type Symptom, symptomOfContainer } from "./symptom.ts";

/** Shortest time that a running container may be unready, by what its probe gets as an answer, in milliseconds. */
const UNREADY = {
  /** The program answers that there is no such thing, or that one may not ask. */
  wrong: 4000,
  /** Nothing listens, and the port is none that the container declares. */
  elsewhere: 8000,
  /** The program answers that it is not ready. */
  unready: 30_000,
  /** Nothing answers yet. */
  silent: 90_000,
} as const;

type Answer = keyof typeof UNREADY;

/** Kills after which a failing probe is final even while others start. */
const PATIENT_KILLS = 4;

/** A container that the kubelet has killed because its startup or liveness probe failed. */
export function killedByProbe(view: PodView, container: ContainerView, log: PodLog | undefined): Symptom | undefined {
  const about = eventsAbout(container, view.events);
  const killing = about.findLast((event) => /failed (startup|liveness) probe/.test(textAt(event, "message")));
  const isProbed = valueAt(container.spec, "readinessProbe") !== undefined;
  // Without a probe of its own, ready only means that it runs once more.
  if (killing === undefined || (isProbed && valueAt(container.status, "ready") === true)) return undefined;
  const kind = textAt(killing, "message").includes("startup") ? "startup" : "liveness";
  const cause: Cause = kind === "startup" ? "startup-probe-failed" : "liveness-probe-failed";
  const event = lastFailure(about, kind);
  const message = textAt(event, "message") || textAt(killing, "message");
  const kills = timesOf(killing);
  const spec = valueAt(container.spec, `${kind}Probe`);
  const reason = `killed ${kills === 1 ? "once" : `${kills} times`}: ${message}${elsewhereNote(container, spec, message)}`;
  const finality = killFinality(answerOf(container, spec, message), message, kills);
  return symptomOfContainer(view.workload, view.pod, container, {
    ...{ cause, reason, finality, event: event ?? killing },
    ...evidenceOf(log),
  });
}

/** A container that runs and is not ready for longer than it should need. */
export function neverReady(view: PodView, container: ContainerView, log: PodLog | undefined): Symptom | undefined {
  const { runningSince, status, spec, isInit } = container;
  if (isInit || Number.isNaN(runningSince) || valueAt(status, "ready") === true) return undefined;
  const event = lastFailure(eventsAbout(container, view.events), "readiness");
  const probe = valueAt(spec, "readinessProbe");
  if (event === undefined || probe === undefined) return undefined;
  const message = textAt(event, "message");
  const answer = answerOf(container, probe, message);
  const isOver = view.now - unreadySince(view.pod, runningSince) >= Math.max(UNREADY[answer], patienceOf(probe));
  const isWrong = answer === "wrong" || answer === "elsewhere";
  const reason = `runs and is not ready: ${message}${elsewhereNote(container, probe, message)}`;
  return symptomOfContainer(view.workload, view.pod, container, {
    ...{ cause: "readiness-probe-failed", reason, event },
    finality: isOver ? (isWrong ? "now" : "alone") : "later",
    ...evidenceOf(log),
  });
}

/** What has served before, and waits for something that is restarted, has its whole time again. */
function unreadySince(pod: unknown, runningSince: number): number {
  const turned = Date.parse(textAt(conditionOf(pod, "Ready"), "lastTransitionTime"));
  return Number.isNaN(turned) ? runningSince : Math.max(runningSince, turned);
}

/** The probe's own patience, in milliseconds; its defaults are those of Kubernetes. */
function patienceOf(probe: unknown): number {
  const [period, failures] = [countAt(probe, "periodSeconds") || 10, countAt(probe, "failureThreshold") || 3];
  return (countAt(probe, "initialDelaySeconds") + period * failures) * 1000;
}

/** A wrong question is killed for again; an answer that is late may only be slow, and gets a second try. */
function killFinality(answer: Answer, message: string, kills: number): Finality {
  if (answer === "wrong" || answer === "elsewhere" || kills >= PATIENT_KILLS) return "now";
  const isLate = /deadline exceeded|timed? ?out|timeout/i.test(message);
  return isLate && kills < 2 ? "later" : "alone";
}

function answerOf(container: ContainerView, probe: unknown, message: string): Answer {
  if (/statuscode: 4(0[01345]|10)\b/.test(message)) return "wrong";
  if (/statuscode: \d/.test(message)) return "unready";
  if (message.includes("connection refused")) return isDeclared(container, probe) ? "silent" : "elsewhere";
  return "silent";
}

function elsewhereNote(container: ContainerView, probe: unknown, message: string): string {
  if (answerOf(container, probe, message) !== "elsewhere") return "";
  const ports = itemsAt(container.spec, "ports").map((each) => countAt(each, "containerPort"));
  return `; the container declares the port ${ports.join(", ")}`;
}

/** True where the probe asks a port that the container declares, or where it declares none. */
function isDeclared({ spec }: ContainerView, probe: unknown): boolean {
  const ports = itemsAt(spec, "ports");
  const port = ["httpGet", "tcpSocket", "grpc"]
    .map((how) => valueAt(probe, how, "port"))
    .find((each) => each !== undefined);
  if (ports.length === 0 || port === undefined) return true;
  return ports.some((each) => valueAt(each, "containerPort") === port || textAt(each, "name") === port);
}

function lastFailure(events: readonly unknown[], kind: string): unknown {
  const begin = new RegExp(`^${kind} probe (failed|errored)`, "i");
  return events.findLast((event) => textAt(event, "reason") === "Unhealthy" && begin.test(textAt(event, "message")));
}

function evidenceOf(log: PodLog | undefined): { log?: PodLog; line?: string } {
  if (log === undefined) return {};
  const evidence = readLog(log.text);
  return evidence.kind === "dependency" ? { log, line: evidence.line } : { log };
}

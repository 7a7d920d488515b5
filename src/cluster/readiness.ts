/** Reads what the waiting script printed, and decides whether the cluster is ready. */
import { PipelineError } from "../report/errors.ts";

/** What must be there, in the order in which it comes. */
export const STEPS = ["kubeconfig", "node", "serviceaccount", "dns", "images"] as const;

/** One thing that must be there. */
export type Step = (typeof STEPS)[number];

/** What each step means to a person. */
const MEANING: Readonly<Record<Step, string>> = {
  kubeconfig: "k3s has written no kubeconfig, so its API never answered",
  node: "the node is not Ready",
  serviceaccount: "the namespace default has no service account, so no pod could start",
  dns: "CoreDNS does not answer",
  images: "an image that was side-loaded is not there: its tarball does not hold it, or does not name it",
};

/** Longest part of a log line that is shown. */
const LONGEST_LINE = 400;

/** What the script found. */
export type Readiness =
  | { readonly kind: "ready"; readonly seconds: Readonly<Record<Step, number>> }
  | { readonly kind: "missing"; readonly step: Step; readonly evidence: string };

/** A cluster that is not ready in time. The message has the state of nodes and pods, events and the last log lines. */
export class ClusterNotReadyError extends PipelineError {
  override readonly name = "ClusterNotReadyError";
  constructor(missing: { readonly step: Step; readonly evidence: string }, boundSeconds: number, log: string) {
    const problem = [
      `the cluster was not ready after ${boundSeconds} s: ${MEANING[missing.step]}`,
      ...(missing.evidence === "" ? [] : [missing.evidence]),
      "--- last lines of k3s's log",
      ...logTail(log),
    ].join("\n");
    super("infra", problem, "mend what the lines above name; on a slow machine, give the cluster more time");
  }
}

/** The cluster's service has ended instead of serving. */
export class ClusterEndedError extends PipelineError {
  override readonly name = "ClusterEndedError";
  constructor(reason: string, log: string, options?: ErrorOptions) {
    const problem = [`the cluster's service has ended: ${reason}`, "--- last lines of k3s's log", ...logTail(log)].join(
      "\n",
    );
    super("infra", problem, "mend what the last lines name, and run again", options);
  }
}

/**
 * Reads the script's output. A step that was neither reached nor given up counts as missing: the script was cut off.
 */
export function parseReadiness(output: string): Readiness {
  const [head = "", ...evidence] = output.split(/^(?=--- )/m);
  const lines = head.split("\n").map((line) => line.trim().split(" "));
  const begin = Number(lines.find(([word]) => word === "begin")?.[1] ?? Number.NaN);
  const reached = new Map(
    lines.filter(([word]) => word === "ready").map(([, step = "", uptime]) => [step, Number(uptime)]),
  );
  const missing = STEPS.find((step) => !reached.has(step));
  if (missing !== undefined) return { kind: "missing", step: missing, evidence: evidence.join("").trimEnd() };
  const since = (step: Step) => Math.round(((reached.get(step) ?? Number.NaN) - begin) * 100) / 100;
  return {
    kind: "ready",
    seconds: {
      kubeconfig: since("kubeconfig"),
      node: since("node"),
      serviceaccount: since("serviceaccount"),
      dns: since("dns"),
      images: since("images"),
    },
  };
}

/**
 * The lines of a log that say what went wrong: the last ones, each different one once, without those that only inform,
 * which are nearly all.
 */
export function logTail(log: string, maxLines = 12): string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  // Where a program in Go ends by itself, its reason is followed by where each of its parts was.
  const end = lines.findIndex((line) => /^(panic|fatal error): /.test(line));
  if (end >= 0) return lines.slice(end, end + maxLines).map((line) => line.slice(0, LONGEST_LINE));
  const grave = lines.filter((line) => !/^[IW]\d{4} |level=(info|warning|debug)/.test(line));
  const counted = new Map<string, { readonly line: string; readonly times: number }>();
  for (const line of grave.length > 0 ? grave : lines) {
    const kind = line.replace(/^[A-Z]\d{4} \S+ +\d+ |time="[^"]*" /, "");
    const times = (counted.get(kind)?.times ?? 0) + 1;
    // Set anew, so that it stands where it was said last.
    counted.delete(kind);
    counted.set(kind, { line: line.slice(0, LONGEST_LINE), times });
  }
  const shown = [...counted.values()].map(({ line, times }) => (times === 1 ? line : `${line} (${times} times)`));
  return shown.length === 0 ? ["(empty)"] : shown.slice(-maxLines);
}

/** Follows what is installed in a cluster until all of it is ready, or a failure is final. Rules are in `diagnosis/`. */
import { randomUUID } from "node:crypto";

import { monotonicSeconds } from "../report/parallel.ts";
import type { Client } from "./client.ts";
import { type Diagnosis, diagnose } from "./diagnosis/index.ts";
import { type PodLog, wantedLogs } from "./diagnosis/logs.ts";
import {
  type Answer,
  ASK_SCRIPT,
  inNamespaces,
  logWords,
  parseAnswers,
  NODE_WORDS,
  readLogs,
  snapshotWords,
  wantsNodes,
  withNodes,
} from "./diagnosis/observation.ts";
import { redactDiagnosis, redactor } from "./diagnosis/redact.ts";
import { readSnapshot } from "./diagnosis/snapshot.ts";
import { type Progress, progressOf, type Wanted } from "./diagnosis/progress.ts";
import { KubectlError } from "./kubectl-error.ts";

/** What is watched. */
export type WatchOptions = {
  /** Namespaces of the release; empty: all of the cluster. */
  readonly namespaces: readonly string[];
  /** What must be there and ready besides all that is there; what is applied later belongs in here. */
  readonly wanted: readonly Wanted[];
  /** Longest time until all is ready, in seconds. */
  readonly withinSeconds: number;
  /** Time from the begin of one look to that of the next, in seconds; default 1. */
  readonly everySeconds?: number;
  /** Values of Secrets, which are left out of everything that comes back. */
  readonly secrets: readonly string[];
  /** How far the install is that runs meanwhile: until it is done, what is ready is not all. */
  readonly install?: () => InstallState;
  /** Is given what each look saw. */
  readonly seen?: (document: unknown) => void;
};

/** How far an install is; with what helm said, where it has refused. */
export type InstallState = { readonly done: boolean; readonly refused?: string };

/** How it ended. */
export type WatchOutcome =
  | { readonly kind: "ready"; readonly resources: readonly Progress[] }
  | { readonly kind: "failed"; readonly resources: readonly Progress[]; readonly diagnoses: readonly Diagnosis[] };

/** What is seen in a cluster at one moment. */
export type Observation = {
  readonly document: unknown;
  /** By the cluster's clock, in milliseconds since 1970. */
  readonly now: number;
  /** All logs that were read so far. */
  readonly logs: readonly PodLog[];
};

const LOOK_EVERY_SECONDS = 1;
/** Longest time between two looks, however long they take. */
const LONGEST_PAUSE_SECONDS = 2;
/** Looks that may fail one after another: an API server that is busy refuses some. */
const FAILED_LOOKS = 3;

/** Watches until all that is wanted is ready, a failure is final, or the time is over, which is a failure too. */
export async function watchRelease(client: Client, options: WatchOptions): Promise<WatchOutcome> {
  const began = monotonicSeconds();
  const look = observer(client, options.namespaces);
  const redact = redactor(options.secrets);
  let resources: readonly Progress[] = [];
  for (;;) {
    const at = monotonicSeconds();
    const { document, now, logs } = await look();
    options.seen?.(document);
    const seconds = monotonicSeconds() - began;
    resources = progressOf({ document, now }, options.wanted, resources, seconds);
    const isReady = resources.length > 0 && resources.every(({ ready }) => ready);
    const { done, refused } = options.install?.() ?? { done: true };
    if (isReady && done && refused === undefined) return { kind: "ready", resources };
    const late = seconds > options.withinSeconds;
    const diagnoses = diagnose(document, { now, logs, late, refused, wanted: options.wanted });
    if (diagnoses.length > 0) {
      return { kind: "failed", resources, diagnoses: diagnoses.map((each) => redactDiagnosis(each, redact)) };
    }
    const took = monotonicSeconds() - at;
    // Where looks take long, the cluster is busy with what is waited for, and they must not take all that is left.
    const pause = Math.max((options.everySeconds ?? LOOK_EVERY_SECONDS) - took, Math.min(took, LONGEST_PAUSE_SECONDS));
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
}

/**
 * Makes the function that looks at the cluster: at its objects, and at the logs that say more about those that fail. What
 * it gives may hold secrets, and is for the rules alone.
 */
export function observer(client: Client, namespaces: readonly string[]): () => Promise<Observation> {
  let logs: readonly PodLog[] = [];
  return async () => {
    const { now, document: all } = await snapshotOf(client, namespaces);
    const document = inNamespaces(all, namespaces);
    const snapshot = readSnapshot(document);
    const requests = wantedLogs(snapshot, logs, now);
    const asksNodes = wantsNodes(snapshot);
    if (requests.length === 0 && !asksNodes) return { document, now, logs };
    const { answers } = await ask(client, [...requests.map(logWords), ...(asksNodes ? [NODE_WORDS] : [])]);
    logs = [...logs, ...readLogs(requests, answers)];
    return { document: withNodes(document, asksNodes ? answers.at(-1) : undefined), now, logs };
  };
}

async function snapshotOf(client: Client, namespaces: readonly string[]): Promise<{ now: number; document: unknown }> {
  const words = snapshotWords(namespaces);
  for (let failed = 1; ; failed++) {
    const { now, answers } = await ask(client, [words]);
    const [{ exitCode, output, errors } = { exitCode: 1, output: "", errors: "" }] = answers;
    if (exitCode === 0) return { now, document: JSON.parse(output) };
    if (failed === FAILED_LOOKS) {
      throw new KubectlError({ command: ["kubectl", ...words], exitCode, stdout: "", stderr: errors });
    }
  }
}

/** Runs several commands of kubectl in one exec, each of which costs more than the commands in it. */
async function ask(
  client: Client,
  commands: readonly (readonly string[])[],
): Promise<{ now: number; answers: Answer[] }> {
  const marker = `--- ${randomUUID()}`;
  const printed = await client
    .client()
    .withEnvVariable("COMMANDS", commands.map((words) => words.join(" ")).join("\n"))
    .withEnvVariable("MARKER", marker)
    .withExec(["sh", "-c", ASK_SCRIPT])
    .stdout();
  return parseAnswers(printed, marker, commands.length);
}

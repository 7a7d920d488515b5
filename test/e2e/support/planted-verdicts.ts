/** Watches planted failures side by side: what is said of each, and how long after its state was reached. */
import { itemsAt, textAt, valueAt } from "../../../src/charts/json.ts";
import type { Client } from "../../../src/cluster/client.ts";
import { containersOf } from "../../../src/cluster/diagnosis/container.ts";
import { type Diagnosis, diagnose } from "../../../src/cluster/diagnosis/index.ts";
import type { PodLog } from "../../../src/cluster/diagnosis/logs.ts";
import { inNamespaces } from "../../../src/cluster/diagnosis/observation.ts";
import { progressOf } from "../../../src/cluster/diagnosis/progress.ts";
import { type Observation, observer } from "../../../src/cluster/watch.ts";
import { groundOf, manifestOf, type Plant, wantedOf } from "./planted.ts";

/** What was said of a plant. */
export type Verdict = {
  readonly plant: Plant;
  readonly diagnoses: readonly Diagnosis[];
  /** Seconds from the moment that the cluster itself recorded for the state, to the verdict. */
  readonly seconds: number;
  /** What was seen then. */
  readonly document: unknown;
  readonly logs: readonly PodLog[];
  readonly now: number;
};

/** How the plants ended. */
export type Verdicts = {
  readonly verdicts: readonly Verdict[];
  /** Plants without a cause of which everything became ready, and nothing was said before. */
  readonly ready: readonly string[];
  /** How long each look at the cluster took. */
  readonly lookSeconds: readonly number[];
};

/** Plants that are made at once, and the pause until the next: one small machine cannot start all pods in one second. */
const WAVE = 8;
const WAVE_SECONDS = 6;

/** Plants failures, and watches from the begin. */
export async function plantAndWatch(
  client: Client,
  plants: readonly Plant[],
  withinSeconds: number,
): Promise<Verdicts> {
  await client.apply(groundOf(plants));
  const [verdicts] = await Promise.all([verdictsOn(client, plants, withinSeconds), makeInWaves(client, plants)]);
  return verdicts;
}

async function makeInWaves(client: Client, plants: readonly Plant[]): Promise<void> {
  for (let at = 0; at < plants.length; at += WAVE) {
    await client.apply(manifestOf(plants.slice(at, at + WAVE)));
    await new Promise((resolve) => setTimeout(resolve, WAVE_SECONDS * 1000));
  }
}

/** Looks until there is a verdict on every plant or it is ready, or the time is over. */
async function verdictsOn(client: Client, plants: readonly Plant[], withinSeconds: number): Promise<Verdicts> {
  const look = observer(client, []);
  const verdicts = new Map<string, Verdict>();
  const ready = new Set<string>();
  const reached = new Map<string, number>();
  const lookSeconds: number[] = [];
  const end = Date.now() + withinSeconds * 1000;
  while (verdicts.size + ready.size < plants.length && Date.now() < end) {
    const began = Date.now();
    const observation = await look();
    lookSeconds.push((Date.now() - began) / 1000);
    for (const plant of plants.filter(({ name }) => !verdicts.has(name) && !ready.has(name))) {
      const own = ofNamespace(observation, plant.name);
      const at = reachedAt(own.document, plant);
      if (at !== undefined && !reached.has(plant.name)) reached.set(plant.name, at);
      const diagnoses = diagnose(own.document, own);
      const seconds = (Date.now() - (reached.get(plant.name) ?? Number.NaN)) / 1000;
      if (diagnoses.length > 0) verdicts.set(plant.name, { ...own, plant, diagnoses, seconds });
      // What is to fail may look ready for the moment that its program runs.
      else if (plant.cause === undefined && isReady(own, plant)) ready.add(plant.name);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 - (Date.now() - began))));
  }
  return { verdicts: [...verdicts.values()], ready: [...ready], lookSeconds };
}

function ofNamespace({ document, logs, now }: Observation, namespace: string): Observation {
  const own = logs.filter((log) => log.namespace === namespace);
  return { document: inNamespaces(document, [namespace]), logs: own, now };
}

function isReady(seen: Observation, plant: Plant): boolean {
  const resources = progressOf(seen, wantedOf(plant), [], 0);
  return resources.length > 0 && resources.every(({ ready }) => ready);
}

/** The moment that the cluster recorded for the state of a plant, in milliseconds; nothing before it is reached. */
function reachedAt(document: unknown, { cause }: Plant): number | undefined {
  const items = itemsAt(document, "items");
  const ofKind = (kind: string) => items.filter((item) => textAt(item, "kind") === kind);
  const moments = [
    ...ofKind("Event")
      .filter((event) => isTelling(event, cause ?? ""))
      .map((event) => textAt(event, "firstTimestamp")),
    ...items
      .flatMap((item) => itemsAt(item, "status", "conditions"))
      .filter(isTellingCondition)
      .map((each) => textAt(each, "lastTransitionTime")),
    ...ofKind("Pod")
      .flatMap((pod) => containersOf(pod))
      .flatMap((container) => {
        const { runningSince, ends, lastEnd, spec } = container;
        const probe = valueAt(spec, "readinessProbe", "failureThreshold");
        // Three failures, one each second, are what the plants' probes allow.
        if (cause === "readiness-probe-failed" && runningSince > 0 && probe === 3)
          return [new Date(runningSince + 3000).toISOString()];
        return ends >= 2 ? [textAt(lastEnd, "finishedAt")] : [];
      }),
  ]
    .map((text) => Date.parse(text))
    .filter((moment) => moment <= Date.now());
  return moments.length === 0 ? undefined : Math.min(...moments);
}

const EVENTS: readonly (readonly [RegExp, RegExp])[] = [
  [/image|config|user|cannot-start/, /^(Failed|ErrImageNeverPull|InspectFailed)$/],
  [/probe/, /^Killing$/],
  [/claim-not-bound/, /^(FailedBinding|ProvisioningFailed)$/],
  [/sandbox/, /^FailedCreatePodSandBox$/],
  [/volume/, /^FailedMount$/],
  [/evicted/, /^(Evicted|Killing)$/],
  [/quota|admission|webhook|account/, /^FailedCreate$/],
];

function isTelling(event: unknown, cause: string): boolean {
  return EVENTS.some(([causes, reasons]) => causes.test(cause) && reasons.test(textAt(event, "reason")));
}

function isTellingCondition(condition: unknown): boolean {
  const [type, status, reason] = ["type", "status", "reason"].map((key) => textAt(condition, key));
  if (type === "Progressing") return reason === "ProgressDeadlineExceeded";
  if (type === "PodScheduled") return reason === "Unschedulable";
  return status === "True" && ["Failed", "FailureTarget", "ReplicaFailure", "DisruptionTarget"].includes(type ?? "");
}

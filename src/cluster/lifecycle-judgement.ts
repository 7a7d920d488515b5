/** Decides from what a life of a release showed whether it was a good one. */
import type { Environment } from "../platform/environments.ts";
import type { JobOrder } from "./lifecycle-order.ts";

/** A request that was not answered as it must be, or work that was accepted and not done. */
export type LoadEvent = {
  readonly phase: string;
  /** Seconds from the begin of the phase. */
  readonly second: number;
  /** By the cluster's clock, ISO 8601. */
  readonly at: string;
  readonly request: string;
  readonly reason: string;
};

/** What one load saw in one phase; latencies of good answers in milliseconds. */
export type LoadPhase = {
  readonly phase: string;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly lost: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly firstFailed: readonly LoadEvent[];
};

/** What one load saw. */
export type LoadResult = {
  readonly chart: string;
  readonly name: string;
  /** Requests that were to be sent in a second. */
  readonly rate: number;
  readonly phases: readonly LoadPhase[];
  /** Work that was accepted, and how much of it was not done at the end. */
  readonly promised: number;
  readonly lost: number;
  readonly firstLost: readonly LoadEvent[];
};

/** One phase and its length. */
export type PhaseResult = { readonly phase: string; readonly seconds: number };

/** A component that lost a pod, or was restarted, and how long its chart took to be ready again. */
export type Recovery = {
  readonly chart: string;
  readonly component: string;
  readonly phase: string;
  readonly seconds: number;
  /** Why it did not recover; "" where it did. */
  readonly reason: string;
};

/** An object that an uninstall left behind. */
export type Leftover = { readonly object: string; readonly reason: string };

/** All that a life of the releases showed. */
export type LifecycleResult = {
  readonly environment: Environment;
  readonly commit: string;
  /** What the first install was of, in words. */
  readonly previous: string;
  readonly phases: readonly PhaseResult[];
  /** Jobs that the upgrade ran, such as migrations, and whether new pods waited for them. */
  readonly jobs: readonly JobOrder[];
  readonly loads: readonly LoadResult[];
  readonly recoveries: readonly Recovery[];
  readonly leftovers: readonly Leftover[];
  /** Objects of declared kinds that were left, as is their purpose. */
  readonly kept: readonly string[];
  /** Phase that did not come to its end, and why, root causes first. */
  readonly stuck?: { readonly phase: string; readonly reasons: readonly string[] } | undefined;
  readonly notes: readonly string[];
  readonly seconds: number;
};

/** What the verdict depends on. */
type Judged = Pick<LifecycleResult, "stuck" | "loads" | "recoveries" | "leftovers">;

/** Phases in which no request may fail. */
export const QUIET_PHASES = ["upgrade", "rollback"] as const;

/** Everything that does not hold, each with what to try; none where it was a good life. */
export function lifecycleFailures({ stuck, loads, recoveries, leftovers }: Judged): string[] {
  return [
    ...(stuck?.reasons ?? []).map((reason) => `${stuck?.phase ?? ""}: ${reason}`),
    ...loads.flatMap((load) => lostWork(load)),
    // A phase that did not come to its end proves nothing of requests that it did not send.
    ...loads.flatMap((load) => QUIET_PHASES.flatMap((phase) => failedRequests(load, phase, stuck === undefined))),
    ...recoveries.filter(({ reason }) => reason !== "").map(notRecovered),
    ...leftovers.map(
      ({ object, reason }) =>
        `uninstall left ${object}: ${reason}\n  try: let the release own it, or declare its kind under lifecycle.keep of the chart`,
    ),
  ];
}

/** Share of its requests that a load must get to send, or else the machine had no time for the test. */
const SENT_AT_LEAST = 0.8;

/** Loads that could not be sent as they should, phase by phase: what failed there may have failed for the same reason. */
export function lifecycleDoubts({ phases, loads }: Pick<LifecycleResult, "phases" | "loads">): string[] {
  return loads.flatMap(({ chart, name, rate, phases: own }) =>
    own.flatMap(({ phase, sent }) => {
      const due = Math.floor(rate * (phases.find((each) => each.phase === phase)?.seconds ?? 0));
      if (sent >= due * SENT_AT_LEAST) return [];
      return [`${chart}: ${name}: the machine was too busy in ${phase} to send more than ${sent} of ${due} requests`];
    }),
  );
}

function lostWork({ chart, name, promised, lost, firstLost: [first] }: LoadResult): string[] {
  if (lost === 0) return [];
  return [
    `${chart}: ${name}: ${lost} of ${promised} accepted were lost${eventText(first)}\n` +
      "  try: do the work in the same transaction as its record, and acknowledge an event only when its work is done",
  ];
}

function failedRequests(load: LoadResult, phase: string, mustAsk: boolean): string[] {
  const { chart, name } = load;
  const found = load.phases.find((each) => each.phase === phase);
  if (found === undefined || found.sent === 0) {
    return mustAsk ? [`${chart}: ${name}: no request was sent during ${phase}, so that nothing was shown`] : [];
  }
  if (found.failed === 0) return [];
  return [
    `${chart}: ${name}: ${found.failed} of ${found.sent} requests failed during ${phase}${eventText(found.firstFailed[0])}\n` +
      "  try: serve until proxies know (preStop sleep), end what is open, turn ready only when serving, and surge (maxUnavailable: 0)",
  ];
}

function notRecovered({ chart, component, phase, reason }: Recovery): string {
  return `${chart}: ${component} did not recover in ${phase}: ${reason}`;
}

/** When and what: the phase is of when it was sent. */
function eventText(event: LoadEvent | undefined): string {
  if (event === undefined) return "";
  const { phase, second, at, request, reason } = event;
  return `; first at ${second.toFixed(1)} s of ${phase} (${at}): ${request}: ${reason}`;
}

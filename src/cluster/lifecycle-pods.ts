/** Turns the loads of a chart into pods that ask, and what those printed into results. */
import { z } from "zod";

import type { Manifest } from "../charts/manifest.ts";
import { COMPONENT_LABEL, workloadsOf } from "../charts/workload.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { UnknownComponentError } from "./check-run.ts";
import type { LoadResult, PhaseResult } from "./lifecycle-judgement.ts";
import { ownPod } from "./own-pod.ts";

/** Name of the image of the program that asks, as pods use it. */
export const LOAD_IMAGE = "slipway.invalid/load:run";

/** A pod that sends some loads. */
export type LoadPod = {
  readonly chart: string;
  readonly namespace: string;
  readonly name: string;
  readonly manifest: object;
};

/** One pod for each component in whose name a chart is asked. Throws UnknownComponentError. */
export function loadPods(chart: ChartSpec, manifests: readonly Manifest[]): LoadPod[] {
  const loads = chart.lifecycle?.load ?? [];
  const labels = new Map(workloadsOf(manifests).map((each) => [each.labels[COMPONENT_LABEL] ?? "", each.labels]));
  return [...new Set(loads.map(({ from }) => from))].map((from) => {
    const own = labels.get(from);
    const meant = loads.filter((load) => load.from === from);
    if (own === undefined)
      throw new UnknownComponentError(chart, meant[0]?.name ?? "", from, [...labels.keys()].sort());
    const name = `slipway-load-${chart.name}-${from}`;
    const { namespace } = chart;
    const args = ["run", JSON.stringify(meant)];
    const pod = { name, namespace, labels: own, image: LOAD_IMAGE, args, memory: "128Mi", scratch: true };
    return { chart: chart.name, namespace, name, manifest: ownPod(pod) };
  });
}

const eventSchema = z.object({
  phase: z.string(),
  second: z.number(),
  at: z.string(),
  request: z.string(),
  reason: z.string(),
});

const phaseSchema = z.object({
  ...{ phase: z.string(), sent: z.int(), ok: z.int(), failed: z.int(), lost: z.int() },
  ...{ p50: z.number(), p95: z.number(), p99: z.number(), firstFailed: z.array(eventSchema) },
});

const loadSchema = z.object({
  name: z.string(),
  rate: z.number(),
  phases: z.array(phaseSchema),
  promised: z.int(),
  lost: z.int(),
  firstLost: z.array(eventSchema),
});

const reportSchema = z.object({
  phases: z.array(z.object({ phase: z.string(), seconds: z.number() })),
  loads: z.array(loadSchema),
});

/** Reads the report that a pod printed; nothing where it ended without one. */
export function parseLoadReport(
  chart: string,
  output: string,
): { readonly phases: PhaseResult[]; readonly loads: LoadResult[] } | undefined {
  const line = output.split("\n").findLast((each) => each.startsWith("{"));
  if (line === undefined) return undefined;
  const { phases, loads } = reportSchema.parse(JSON.parse(line));
  return { phases, loads: loads.map((load) => ({ chart, ...load })) };
}

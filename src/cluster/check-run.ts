/** Turns the checks of a chart into what runs in the cluster, and what that printed into results. */
import { z } from "zod";

import type { Manifest } from "../charts/manifest.ts";
import { COMPONENT_LABEL, workloadsOf } from "../charts/workload.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { CheckSpec, RequestCheck, StopCheck } from "../platform/check-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { PipelineError } from "../report/errors.ts";
import { type OwnPod, ownPod } from "./own-pod.ts";

/** How a check ended. */
export type CheckResult = {
  readonly chart: string;
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What was asked, where something was, and found instead of what was expected; "" where the check holds. */
  readonly reason: string;
};

/** A pod that makes the requests of some checks, and the checks. */
export type CheckPod = {
  readonly name: string;
  readonly namespace: string;
  readonly manifest: string;
  readonly checks: readonly RequestCheck[];
};

/** A check asks in the name of a component that the chart does not have. */
export class UnknownComponentError extends PipelineError {
  override readonly name = "UnknownComponentError";
  constructor(chart: ChartSpec, check: string, component: string, known: readonly string[]) {
    super(
      "config",
      `the check "${check}" of the chart ${chart.name} names the component ${component}, and no pod of the render has the label ${COMPONENT_LABEL}: ${component}`,
      `name one of: ${known.join(", ")}`,
    );
  }
}

/** Name of the image of the program that asks, as pods use it. */
export const CHECK_IMAGE = "slipway.invalid/check:run";

/** Checks of a chart that an environment has, by kind. */
export function checksOf(
  { checks }: ChartSpec,
  environment: Environment,
): { readonly requests: readonly RequestCheck[]; readonly stops: readonly StopCheck[] } {
  const meant = checks.filter(({ environments }) => environments === undefined || environments.includes(environment));
  return {
    requests: meant.filter((check): check is RequestCheck => "requests" in check),
    stops: meant.filter((check): check is StopCheck => "stop" in check),
  };
}

/**
 * Makes one pod for each component in whose name checks ask. It carries the labels of that component, and so may do
 * exactly what the network policies let the component do. Throws UnknownComponentError, for components that are stopped too.
 *
 * @param manifests The chart as it is rendered for the install.
 */
export function checkPods(chart: ChartSpec, environment: Environment, manifests: readonly Manifest[]): CheckPod[] {
  const labels = new Map(
    workloadsOf(manifests).map((workload) => [workload.labels[COMPONENT_LABEL] ?? "", workload.labels]),
  );
  const labelsOf = (check: CheckSpec, component: string) => {
    const found = labels.get(component);
    if (found === undefined) throw new UnknownComponentError(chart, check.name, component, [...labels.keys()].sort());
    return found;
  };
  const { requests, stops } = checksOf(chart, environment);
  for (const check of stops) [check.stop, ...check.turnUnready].forEach((component) => labelsOf(check, component));
  const askers = new Map<string, RequestCheck[]>();
  for (const check of requests) askers.set(check.from, [...(askers.get(check.from) ?? []), check]);
  return [...askers].map(([from, checks]) => {
    // Several charts may share a namespace, and name a component the same.
    const name = `slipway-check-${chart.name}-${from}`;
    const [first] = checks;
    const own = first === undefined ? {} : labelsOf(first, from);
    const { namespace } = chart;
    return { name, namespace, checks, manifest: askingPod({ name, namespace, labels: own, checks }) };
  });
}

/** A pod that makes the requests of checks, as JSON; variables say which way they go. */
export function askingPod({
  checks,
  ...pod
}: Pick<OwnPod, "name" | "namespace" | "labels" | "environment"> & {
  readonly checks: readonly RequestCheck[];
}): string {
  return JSON.stringify(ownPod({ ...pod, image: CHECK_IMAGE, args: [JSON.stringify(checks)], memory: "64Mi" }));
}

const lineSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  seconds: z.number(),
  request: z.string().default(""),
  reason: z.string().default(""),
});

/**
 * Reads what the program printed. A check that it did not come to did not hold.
 *
 * @param output Log of the pod.
 */
export function parseCheckOutput(chart: string, checks: readonly RequestCheck[], output: string): CheckResult[] {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const found = new Map(lines.map((line) => lineSchema.parse(JSON.parse(line))).map((line) => [line.name, line]));
  return checks.map(({ name }) => {
    const line = found.get(name);
    if (line === undefined) {
      const said = output.trim() === "" ? "it printed nothing" : `it printed: ${output.trim().slice(-500)}`;
      return { chart, name, ok: false, seconds: 0, reason: `the pod that asks ended before it; ${said}` };
    }
    const { ok, seconds, request, reason } = line;
    return { chart, name, ok, seconds, reason: ok ? "" : `${request}: ${reason}` };
  });
}

/** Longest time that the requests of some checks may take in all, in seconds, with a margin for the start of the pod. */
export function boundOf(checks: readonly RequestCheck[]): number {
  const requests = checks.flatMap((check) => check.requests);
  // An answer that does not come is given up after five seconds, once more than `within` allows.
  return 60 + requests.reduce((sum, { within }) => sum + within + 5, 0);
}

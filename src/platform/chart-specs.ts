/** Fills in the defaults of the charts of a platform file. */
import type { z } from "zod";

import type { chart, validation } from "./chart-schema.ts";
import type { check } from "./check-schema.ts";
import { type CheckSpec, toRequest, TURN_WITHIN } from "./check-spec.ts";
import type { Environment } from "./environments.ts";
import { toLifecycle } from "./lifecycle-spec.ts";
import type {
  ChartSpec,
  ComponentGraph,
  CustomResourceSource,
  DeclaredGraph,
  ExternalSpec,
  Port,
  ValidationSpec,
} from "./chart-spec.ts";

/** Kubernetes versions that charts are checked for where a platform file names none. */
export const KUBERNETES_VERSIONS = ["1.35.0", "1.36.0", "1.37.0"] as const;

/** User of a pod that stands for a service outside. */
const EXTERNAL_USER = 10_001;

type ChartDocument = z.output<typeof chart>;
type ValidationDocument = z.output<typeof validation>;

/** A chart with all defaults: the release has the chart's name, the namespace is the system's. */
export function toChart(system: string, namespace: string, name: string, document: ChartDocument): ChartSpec {
  const { path, release = name, images = {}, environments, secrets = {}, withoutHttp = [], config, network } = document;
  const { lockedImages = {}, withoutImage = {}, checks = [], lifecycle } = document;
  return {
    ...{ system, name, path, release, namespace, images, environments, withoutHttp },
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([secret, keys]) => [secret, Array.isArray(keys) ? keys : Object.keys(keys)]),
    ),
    throwAway: Object.fromEntries(
      Object.entries(secrets).flatMap(([secret, keys]) => (Array.isArray(keys) ? [] : [[secret, keys]])),
    ),
    ...{ lockedImages, withoutImage, checks: checks.flatMap(toCheck), lifecycle: lifecycle && toLifecycle(lifecycle) },
    config: config && { registry: config.registry, components: config.components ?? {} },
    network: network && toGraph(network),
    externals: document.externals && toExternals(document.externals),
  };
}

/** How charts are validated, with all defaults. */
export function toValidation(document: ValidationDocument | undefined): ValidationSpec {
  return {
    kubernetes: document?.kubernetes ?? KUBERNETES_VERSIONS,
    customResources: (document?.customResources ?? []).map(toSource),
    exceptions: document?.exceptions,
    immutableFields: document?.immutableFields,
  };
}

/** The component graph of one environment: what has no addresses there is not there. */
export function graphOf({ outside, edges }: DeclaredGraph, environment: Environment): ComponentGraph {
  const entries = Object.entries(outside).flatMap(([name, { cidrs, ...where }]) => {
    const own = cidrs === undefined || "length" in cidrs ? cidrs : cidrs[environment];
    return cidrs !== undefined && own === undefined ? [] : [[name, { ...where, ...(own && { cidrs: own }) }] as const];
  });
  return { outside: Object.fromEntries(entries), edges };
}

/** Reads `5432` or `53/UDP`. */
export function parsePort(text: number | string): Port {
  const [port, protocol] = String(text).split("/");
  return { port: Number(port), protocol: protocol === "UDP" || protocol === "SCTP" ? protocol : "TCP" };
}

/** The schema lets one of the kinds through; none of them is nothing. */
function toCheck(document: z.output<typeof check>): CheckSpec[] {
  const { name, environments, from, requests, ingress, stop, turnUnready, within = TURN_WITHIN } = document;
  if (from !== undefined && requests !== undefined) {
    return [{ name, environments, from, requests: requests.map(toRequest) }];
  }
  if (ingress !== undefined) return [{ name, environments, ingress: ingress.map(toRequest) }];
  return stop === undefined || turnUnready === undefined ? [] : [{ name, environments, stop, turnUnready, within }];
}

function toGraph({ outside = {}, edges }: NonNullable<ChartDocument["network"]>): DeclaredGraph {
  return { outside, edges: edges.map((edge) => ({ ...edge, ports: edge.ports.map(parsePort) })) };
}

function toExternals(externals: NonNullable<ChartDocument["externals"]>): ChartSpec["externals"] {
  const entries = Object.entries(externals).map(([name, external]): [string, ExternalSpec] => {
    const { args = [], env = {}, user = EXTERNAL_USER, secrets = {}, ...rest } = external;
    return [name, { ...rest, args, env, user, secrets }];
  });
  return Object.fromEntries(entries);
}

/** Where definitions of custom resources are read: a Go module where one is named, else the source. */
export function toSource(document: NonNullable<ValidationDocument["customResources"]>[number]): CustomResourceSource {
  const { directory, goModule, version } = document;
  return goModule === undefined || version === undefined ? { directory } : { goModule, version, directory };
}

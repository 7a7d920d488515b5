/** Both ends of a connection: the pods of a release, what its graph names outside, and anywhere else. */
import type { Workload } from "../workload.ts";
import type { AddressRange } from "./address-block.ts";
import type { Labels } from "./label-selector.ts";
import type { Protocol } from "./port-space.ts";

/** Name of what is neither a component of the release nor named by its graph. */
export const ANYWHERE_ELSE = "anywhere else";

/** Label that every namespace carries its name in. Source: Kubernetes, "Well-Known Labels". */
export const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** Namespace of pods that could be in any other one; no namespace can have this name. */
export const OTHER_NAMESPACE = "*";

/** A port that a container declares. */
export type ContainerPort = { readonly port: number; readonly protocol: Protocol; readonly name: string };

type Named = {
  /** Component or names of the graph that it counts as; only `anywhere else` where it is none of them. */
  readonly names: readonly string[];
  /** Those of its names whose edges must exist for it: not one that it only has because its address is among all addresses. */
  readonly represents: readonly string[];
  /** What it is, for people. */
  readonly title: string;
};

/** A pod, or all pods that the policies cannot tell from it. */
export type PodEndpoint = Named & {
  readonly kind: "pod";
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  /** What makes it; undefined for pods that are not of this release, of whose own policies nothing is known. */
  readonly workload: Workload | undefined;
  readonly ports: readonly ContainerPort[];
};

/** A range of addresses that no policy and no part of the graph cuts. */
export type AddressEndpoint = Named & { readonly kind: "addresses"; readonly range: AddressRange };

/** One end of a connection. */
export type Endpoint = PodEndpoint | AddressEndpoint;

/** A pod of the release. */
export type ReleasePod = PodEndpoint & { readonly workload: Workload };

/** Tells whether an endpoint is a pod of the release. */
export function isReleasePod(endpoint: Endpoint): endpoint is ReleasePod {
  return endpoint.kind === "pod" && endpoint.workload !== undefined;
}

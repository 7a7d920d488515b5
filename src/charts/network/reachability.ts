/** Computes who can open a connection to whom from rendered network policies. What should be is rules/reachability.ts. */
import type { ComponentGraph } from "../../platform/chart-spec.ts";
import type { ChartRender } from "../finding.ts";
import { isWithin } from "./address-block.ts";
import { type Endpoint, isReleasePod, type PodEndpoint, type ReleasePod } from "./endpoint.ts";
import { isSelected } from "./label-selector.ts";
import {
  allRules,
  type Direction,
  type NetworkPolicy,
  networkPolicies,
  type Peer,
  type PolicyPort,
  type PolicyRule,
} from "./network-policy.ts";
import { outsideEndpoints } from "./outside.ts";
import { NO_PORTS, type PortMask, type PortRange, PortSpace } from "./port-space.ts";
import { releasePods } from "./release-pods.ts";

/** What one rule allows between two endpoints. */
export type Grant = { readonly policy: NetworkPolicy; readonly rule: PolicyRule; readonly ports: PortMask };

/** What the policies of one end say of a connection. */
export type Side = {
  /** Policies that restrict this end in this direction; without any, it is open. */
  readonly policies: readonly NetworkPolicy[];
  readonly ports: PortMask;
  readonly grants: readonly Grant[];
};

/** What can be opened from one endpoint to another: the ports that both ends allow. */
export type Connection = {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly ports: PortMask;
  readonly egress: Side;
  readonly ingress: Side;
};

/** Everything that can be said of the connections of a release. */
export type Reachability = {
  readonly space: PortSpace;
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly ReleasePod[];
  readonly endpoints: readonly Endpoint[];
  /** Every pair of endpoints of which at least one is a pod of the release, also where no port is allowed. */
  readonly connections: readonly Connection[];
  /** What the given policies alone say of one end of a connection. */
  readonly sideOf: (pod: ReleasePod, direction: Direction, peer: Endpoint, among?: readonly NetworkPolicy[]) => Side;
};

/**
 * Computes all connections of a render. Both ends must allow one; what is not of the release is taken to allow all,
 * since other policies may. An ipBlock is about addresses and never about pods. Source: Kubernetes, "Network Policies".
 *
 * @param graph Names of what is outside, and edges whose ports must be told apart.
 */
export function computeReachability(render: ChartRender, graph: ComponentGraph): Reachability {
  const pods = releasePods(render);
  const policies = networkPolicies(render.manifests, render.namespace);
  const components = new Set(pods.flatMap(({ names }) => names));
  // The same name can be a bundled component in one environment and something outside in another.
  const outsides = Object.entries(graph.outside).filter(([name]) => !components.has(name));
  const endpoints = [...pods, ...outsideEndpoints(render, outsides, pods, policies)];
  const space = new PortSpace([
    ...namedPorts(policies, pods),
    ...graph.edges.flatMap(({ ports }) => ports.map(toRange)),
  ]);
  const sideOf = evaluator(space, policies, pods);
  const open = { policies: [], ports: space.all, grants: [] };
  const connections = endpoints.flatMap((from) =>
    endpoints
      .filter((to) => isReleasePod(from) || isReleasePod(to))
      .map((to): Connection => {
        const egress = isReleasePod(from) ? sideOf(from, "egress", to) : open;
        const ingress = isReleasePod(to) ? sideOf(to, "ingress", from) : open;
        return { from, to, ports: egress.ports & ingress.ports, egress, ingress };
      }),
  );
  return { space, policies, pods, endpoints, connections, sideOf };
}

/** Policies that select a pod in a direction. Pods on the network of their node are beyond the reach of any. */
export function policiesFor(
  policies: readonly NetworkPolicy[],
  pod: ReleasePod,
  direction: Direction,
): NetworkPolicy[] {
  if (isOnHostNetwork(pod)) return [];
  return policies.filter((policy) => policy.rules[direction] !== undefined && selectsPod(policy, pod));
}

/** Tells whether a policy selects a pod in any direction. */
export function selectsPod({ namespace, pods }: NetworkPolicy, pod: PodEndpoint): boolean {
  return namespace === pod.namespace && isSelected(pods, pod.labels);
}

/** Tells whether a pod shares the network of its node. */
export function isOnHostNetwork({ workload: { spec } }: ReleasePod): boolean {
  return typeof spec === "object" && spec !== null && Reflect.get(spec, "hostNetwork") === true;
}

/** Tells whether a peer of a policy is this endpoint. */
export function isPeer(peer: Peer, policyNamespace: string, endpoint: Endpoint): boolean {
  if (peer.kind === "addresses") {
    if (endpoint.kind === "pod" || !isWithin(endpoint.range, peer.block)) return false;
    return !peer.except.some((block) => isWithin(endpoint.range, block));
  }
  if (endpoint.kind === "addresses") return false;
  const isInNamespace =
    peer.namespaces === undefined
      ? endpoint.namespace === policyNamespace
      : isSelected(peer.namespaces, endpoint.namespaceLabels);
  return isInNamespace && isSelected(peer.pods, endpoint.labels);
}

function evaluator(
  space: PortSpace,
  policies: readonly NetworkPolicy[],
  pods: readonly ReleasePod[],
): Reachability["sideOf"] {
  const fixed = new Map(policies.flatMap(allRules).map((rule) => [rule, fixedPorts(space, rule)]));
  const matched = new Map<PolicyRule, Map<Endpoint, boolean>>();
  const isMatched = (policy: NetworkPolicy, rule: PolicyRule, endpoint: Endpoint): boolean => {
    if (rule.peers === "everyone") return true;
    const known = matched.get(rule) ?? new Map<Endpoint, boolean>();
    matched.set(rule, known);
    const result = known.get(endpoint) ?? rule.peers.some((peer) => isPeer(peer, policy.namespace, endpoint));
    known.set(endpoint, result);
    return result;
  };
  const selecting = new Map(
    pods.map((pod) => [
      pod,
      { ingress: policiesFor(policies, pod, "ingress"), egress: policiesFor(policies, pod, "egress") },
    ]),
  );
  return (pod, direction, peer, among) => {
    const all = selecting.get(pod)?.[direction] ?? [];
    const own = among === undefined ? all : all.filter((policy) => among.includes(policy));
    const destination = direction === "ingress" ? pod : peer;
    const grants = own.flatMap((policy) =>
      (policy.rules[direction] ?? []).flatMap((rule): Grant[] => {
        if (!isMatched(policy, rule, peer)) return [];
        const ports = (fixed.get(rule) ?? NO_PORTS) | resolvedPorts(space, rule, destination);
        return ports === NO_PORTS ? [] : [{ policy, rule, ports }];
      }),
    );
    const ports = own.length === 0 ? space.all : grants.reduce((mask, grant) => mask | grant.ports, NO_PORTS);
    return { policies: own, ports, grants };
  };
}

/** The ports that a rule gives by number. */
function fixedPorts(space: PortSpace, { ports }: PolicyRule): PortMask {
  if (ports === "every port") return space.all;
  return ports.reduce(
    (mask, port) => ("name" in port ? mask : mask | space.mask(port.protocol, port.first, port.last)),
    NO_PORTS,
  );
}

/** The ports that a rule gives by a name, which the containers of the destination resolve. */
function resolvedPorts(space: PortSpace, { ports }: PolicyRule, destination: Endpoint): PortMask {
  if (ports === "every port" || destination.kind === "addresses") return NO_PORTS;
  return ports
    .flatMap((port) => portsNamed(port, destination))
    .reduce((mask, { protocol, port }) => mask | space.mask(protocol, port, port), NO_PORTS);
}

/** The ports of a pod that a policy means by a name. */
export function portsNamed(wanted: PolicyPort, { ports }: PodEndpoint): PodEndpoint["ports"] {
  return "name" in wanted
    ? ports.filter(({ name, protocol }) => name === wanted.name && protocol === wanted.protocol)
    : [];
}

function namedPorts(policies: readonly NetworkPolicy[], pods: readonly ReleasePod[]): PortRange[] {
  const written = policies.flatMap(allRules).flatMap((rule) => (rule.ports === "every port" ? [] : rule.ports));
  return [
    ...written.flatMap((port) => ("name" in port ? [] : [port])),
    ...pods.flatMap(({ ports }) => ports.map(toRange)),
  ];
}

function toRange({ protocol, port }: { readonly protocol: PortRange["protocol"]; readonly port: number }): PortRange {
  return { protocol, first: port, last: port };
}

/** Finds declared connections that network policies do not allow, as a part of the reachability rule. */
import type { Edge } from "../../platform/chart-spec.ts";
import type { ChartRender, Finding } from "../finding.ts";
import { isReleasePod, type ReleasePod } from "../network/endpoint.ts";
import { formatLabels, identifyingLabels } from "../network/label-selector.ts";
import { DIRECTIONS, type Direction, type NetworkPolicy } from "../network/network-policy.ts";
import { NO_PORTS, type PortMask, type PortSpace } from "../network/port-space.ts";
import { type Connection, type Reachability, selectsPod } from "../network/reachability.ts";
import { edgePorts, type NumberedEdge, policyFinding } from "./reachability-finding.ts";
import { policiesInTime } from "./reachability-isolation.ts";

/** A declared connection that one end lacks. */
type Missing = {
  readonly pod: ReleasePod;
  /** Who is at the other end, as a policy would have to say it. */
  readonly peers: Set<string>;
  readonly policy: NetworkPolicy;
  readonly isEarly: boolean;
  ports: PortMask;
};

/** One finding for each edge, pair of names and end that does not allow it. */
export function missingConnections(
  render: ChartRender,
  reachability: Reachability,
  edges: readonly NumberedEdge[],
): Finding[] {
  return edges.flatMap((edge) =>
    edge.from.flatMap((from) => {
      const connections = declaredConnections(reachability, edge, from);
      return DIRECTIONS.toReversed().flatMap((direction) =>
        lacking(reachability, edge, connections, direction).map((missing) =>
          toFinding(render, reachability.space, { edge, from, direction, missing }),
        ),
      );
    }),
  );
}

/** The connections that an edge is about; of the pods of a component, to those that declare one of the ports, if any do. */
function declaredConnections({ connections }: Reachability, edge: NumberedEdge, from: string): Connection[] {
  const all = connections.filter((each) => each.from.represents.includes(from) && each.to.represents.includes(edge.to));
  const serving = all.filter(({ to }) => to.kind === "pod" && to.ports.some((port) => isOneOf(port, edge.ports)));
  return serving.length > 0 ? serving : all;
}

function isOneOf(wanted: Edge["ports"][number], ports: Edge["ports"]): boolean {
  return ports.some(({ port, protocol }) => port === wanted.port && protocol === wanted.protocol);
}

function lacking(
  { pods, policies, space, sideOf }: Reachability,
  edge: NumberedEdge,
  connections: readonly Connection[],
  direction: Direction,
): Missing[] {
  const wanted = edgePorts(space, edge);
  const found = new Map<NetworkPolicy, Missing>();
  for (const { from, to, [direction]: later } of connections) {
    const [pod, peer] = direction === "egress" ? [from, to] : [to, from];
    if (!isReleasePod(pod)) continue;
    const early = sideOf(pod, direction, peer, policiesInTime(policies, pod));
    const isEarly = (wanted & ~later.ports) === NO_PORTS;
    const side = isEarly ? early : later;
    const ports = wanted & ~side.ports;
    if (ports === NO_PORTS) continue;
    // Where a port is denied there is a policy; of several, the one for the fewest pods is the place to allow it.
    const policy = narrowest(side.policies, pods);
    if (policy === undefined) continue;
    const missing = found.get(policy) ?? { pod, peers: new Set(), policy, isEarly, ports };
    found.set(policy, missing);
    missing.ports |= ports;
    missing.peers.add(isReleasePod(peer) ? `pods with ${formatLabels(identifyingLabels(peer.labels))}` : peer.title);
  }
  return [...found.values()];
}

function narrowest(policies: readonly NetworkPolicy[], pods: readonly ReleasePod[]): NetworkPolicy | undefined {
  const counted = policies.map((policy) => ({ policy, count: pods.filter((pod) => selectsPod(policy, pod)).length }));
  return counted.sort((a, b) => a.count - b.count)[0]?.policy;
}

function toFinding(
  render: ChartRender,
  space: PortSpace,
  { edge, from, direction, missing }: { edge: NumberedEdge; from: string; direction: Direction; missing: Missing },
): Finding {
  const { pod, policy, isEarly } = missing;
  const ports = space.format(missing.ports);
  const [component, other] = direction === "egress" ? [from, edge.to] : [edge.to, from];
  const end = direction === "egress" ? `to ${other}` : `from ${other}`;
  const what = `the declared edge from ${from} to ${edge.to} on ${ports} (network.edges[${edge.index}])`;
  const when = isEarly ? "; the policies that allow it come only after this hook has run" : "";
  const who = [...missing.peers].join(", ");
  const where =
    policy.pods.length > 0
      ? policy.manifest.name
      : `a policy that selects ${formatLabels(identifyingLabels(pod.labels))}`;
  return policyFinding(render, policy, {
    path: ["spec", direction],
    reason: `${direction} of ${component} (${pod.title}) lacks ${what}; it must allow ${who}${when}`,
    fix: `allow ${ports} ${end} in spec.${direction} of ${where}, or remove the edge from the platform file`,
  });
}

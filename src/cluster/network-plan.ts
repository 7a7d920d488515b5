/** Plans how to prove a component graph in a cluster: which pods stand for whom, and who tries to connect to whom. */
import { createHash } from "node:crypto";

import type { ChartRender } from "../charts/finding.ts";
import { ANYWHERE_ELSE, type ContainerPort, OTHER_NAMESPACE, type PodEndpoint } from "../charts/network/endpoint.ts";
import type { Protocol } from "../charts/network/port-space.ts";
import {
  type Connection,
  computeReachability,
  isOnHostNetwork,
  type Reachability,
} from "../charts/network/reachability.ts";
import type { ComponentGraph, Edge, Port } from "../platform/chart-spec.ts";
import { type AddressStandIn, addressStandIns } from "./network-addresses.ts";

/** A pod that stands for pods of the release or outside of it: policies cannot tell it from them. */
export type StandIn = {
  readonly endpoint: PodEndpoint;
  /** Name of the pod, the same for all that policies cannot tell from each other, in whichever plan they are. */
  readonly name: string;
  readonly namespace: string;
  /** Where it answers. */
  readonly listens: readonly Port[];
};

/** Who is tried to be reached. */
export type Target = StandIn | AddressStandIn;

/** One connection to try. */
export type Trial = {
  readonly from: StandIn;
  readonly to: Target;
  readonly port: Port;
  /** What the graph says of it. */
  readonly isDeclared: boolean;
  /** What the rendered policies say of it, for the cause where the cluster says something else. */
  readonly connection: Connection;
};

/** A declared connection that no pod can try. */
export type Untried = { readonly from: string; readonly to: string; readonly port: Port; readonly cause: string };

/** Everything that is tried. */
export type NetworkPlan = {
  readonly standIns: readonly StandIn[];
  /** Addresses of the node that stand for what is outside of the cluster; none where they are not to be tried. */
  readonly addresses: readonly AddressStandIn[];
  readonly trials: readonly Trial[];
  readonly untried: readonly Untried[];
  /** How many absent connections there are; of more than were asked for, a part is tried. */
  readonly absent: number;
  readonly reachability: Reachability;
};

/** Namespace of pods that could be in any other, and of the pods that show whether a cluster enforces policies at all. */
export const ELSEWHERE = "slipway-elsewhere";

/** Fewest absent connections that prove something. */
export const LEAST_ABSENT = 10;

/** Most absent connections that are tried by default: all of them, in any release that a person can survey. */
const MOST_ABSENT = 2000;

/** A port that no edge and no container names: a policy that allows more than the ports of an edge opens it. */
const UNNAMED_PORT: Port = { port: 40_404, protocol: "TCP" };

/** Protocols that a stand-in speaks. */
const SPOKEN: readonly Protocol[] = ["TCP", "UDP"];

/**
 * Plans the proof for one render. Declared connections are all tried; absent ones are those between any two of the
 * release's pods, what its graph names outside, and strangers in its own namespace and another.
 *
 * @param graph The graph of the render's environment.
 * @param withAddresses True where the node may be given addresses of what the graph has outside of the cluster.
 */
export function planNetworkProof(
  render: ChartRender,
  graph: ComponentGraph,
  mostAbsent = MOST_ABSENT,
  withAddresses = false,
): NetworkPlan {
  const edges = graph.edges.filter(({ environments }) => environments?.includes(render.environment) ?? true);
  const reachability = computeReachability(render, { outside: graph.outside, edges });
  const endpoints = reachability.endpoints.filter(
    (each): each is PodEndpoint => each.kind === "pod" && isTryable(each, render.namespace),
  );
  const standIns = standInsOf(endpoints, graph.edges);
  const addresses = withAddresses ? addressStandIns(reachability.endpoints, edges, UNNAMED_PORT) : [];
  const all = reachability.connections.flatMap((connection): Trial[] => {
    const from = connection.from.kind === "pod" ? standIns.get(connection.from) : undefined;
    const to =
      connection.to.kind === "pod"
        ? standIns.get(connection.to)
        : addresses.find(({ endpoint }) => endpoint === connection.to);
    if (from === undefined || to === undefined || from === to) return [];
    return trialsOf({ from, to, connection }, edges, reachability.connections);
  });
  const declared = all.filter(({ isDeclared }) => isDeclared);
  const absent = all.filter(({ isDeclared }) => !isDeclared);
  return {
    standIns: [...standIns.values()],
    addresses,
    trials: [...declared, ...spread(absent, mostAbsent)],
    untried: untriedEdges(edges, declared, reachability),
    absent: absent.length,
    reachability,
  };
}

/** Writes a port as the platform file does. */
export function formatPort({ port, protocol }: Port): string {
  return protocol === "TCP" ? String(port) : `${port}/${protocol}`;
}

/** Who a stand-in is, for people. */
export function nameOf({ endpoint }: Target): string {
  const { names, title } = endpoint;
  return names.includes(ANYWHERE_ELSE) ? title : names.join(" + ");
}

/** Tells an end and its port from all others. */
export function targetKey(target: Target, port: Port): string {
  return `${"address" in target ? target.address : target.name} ${formatPort(port)}`;
}

/** Pods on the network of their node are beyond policies, and a namespace with labels that nobody knows cannot be made. */
function isTryable(endpoint: PodEndpoint, own: string): boolean {
  if (endpoint.workload !== undefined) return !isOnHostNetwork({ ...endpoint, workload: endpoint.workload });
  return endpoint.namespace === own || Object.keys(endpoint.namespaceLabels).length <= 1;
}

function standInsOf(endpoints: readonly PodEndpoint[], edges: readonly Edge[]): Map<PodEndpoint, StandIn> {
  const alike = new Map<string, number>();
  return new Map(
    endpoints.map((endpoint) => {
      const namespace = endpoint.namespace === OTHER_NAMESPACE ? ELSEWHERE : endpoint.namespace;
      const ports = endpoint.ports.map(({ port, protocol, name }) => [port, protocol, name]);
      const kind = JSON.stringify([namespace, Object.entries(endpoint.labels).sort(), ports]);
      const before = alike.get(kind) ?? 0;
      alike.set(kind, before + 1);
      const digest = createHash("sha256").update(`${kind} ${before}`).digest("hex");
      return [
        endpoint,
        { endpoint, name: `slipway-probe-${digest.slice(0, 12)}`, namespace, listens: listensOf(endpoint, edges) },
      ];
    }),
  );
}

function listensOf(endpoint: PodEndpoint, edges: readonly Edge[]): Port[] {
  const ofEdges = edges.filter(({ to }) => endpoint.names.includes(to)).flatMap(({ ports }) => ports);
  const ports = [...ofEdges, ...endpoint.ports, UNNAMED_PORT].filter(({ protocol }) => SPOKEN.includes(protocol));
  const listens = new Map(ports.map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]));
  return [...listens.values()];
}

function trialsOf(
  pair: Pick<Trial, "from" | "to" | "connection">,
  edges: readonly Edge[],
  connections: readonly Connection[],
): Trial[] {
  return pair.to.listens.flatMap((port): Trial[] => {
    const about = edges.filter(({ ports }) => ports.some((each) => isSame(each, port)));
    const isAllowed = about.some((edge) => isBetween(edge, pair.connection, "names"));
    const isDeclared = about.some(
      (edge) => isBetween(edge, pair.connection, "represents") && isServed(edge, pair, connections),
    );
    return isDeclared || !isAllowed ? [{ ...pair, port, isDeclared }] : [];
  });
}

function isBetween(edge: Edge, { from, to }: Connection, by: "names" | "represents"): boolean {
  return to[by].includes(edge.to) && edge.from.some((name) => from[by].includes(name));
}

/** Of the pods of a component, an edge is to those that declare one of its ports, if any do. */
function isServed(edge: Edge, { to }: Pick<Trial, "to">, connections: readonly Connection[]): boolean {
  const serves = (ports: readonly ContainerPort[]) =>
    ports.some((port) => edge.ports.some((each) => isSame(each, port)));
  if (to.endpoint.kind === "addresses" || serves(to.endpoint.ports)) return true;
  return !connections.some(
    (each) => each.to.represents.includes(edge.to) && each.to.kind === "pod" && serves(each.to.ports),
  );
}

function isSame(a: Port, b: Port): boolean {
  return a.port === b.port && a.protocol === b.protocol;
}

function untriedEdges(edges: readonly Edge[], declared: readonly Trial[], { endpoints }: Reachability): Untried[] {
  const known = new Set(endpoints.flatMap(({ represents }) => represents));
  const isTried = (from: string, to: string, port: Port) =>
    declared.some(
      (trial) =>
        isSame(trial.port, port) &&
        trial.from.endpoint.represents.includes(from) &&
        trial.to.endpoint.represents.includes(to),
    );
  return edges.flatMap(({ from, to, ports }) =>
    from.flatMap((each) =>
      ports
        .filter((port) => !isTried(each, to, port))
        .map((port): Untried => ({
          from: each,
          to,
          port,
          cause: untriedCause(
            port,
            [each, to].filter((name) => !known.has(name)),
          ),
        })),
    ),
  );
}

function untriedCause({ protocol }: Port, unknown: readonly string[]): string {
  if (unknown.length > 0) return `this render is without ${unknown.join(" and ")}`;
  if (!SPOKEN.includes(protocol)) return `stand-ins do not speak ${protocol}`;
  return "an end of it is no pod that can be made in the cluster: addresses outside of it, or the network of the node";
}

/** A part of a list of the wanted length, from all of it. */
function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return items.filter(
    (_, index) => Math.floor((index * most) / items.length) !== Math.floor(((index + 1) * most) / items.length),
  );
}

/** Chooses addresses of the node that stand for what a component graph has outside of the cluster, by address blocks. */
import { type AddressEndpoint, ANYWHERE_ELSE, type Endpoint } from "../charts/network/endpoint.ts";
import type { Edge, Port } from "../platform/chart-spec.ts";
import { formatAddress, isUsableBlock } from "./externals-plan.ts";

/** Pod on the network of the node that answers on all of these addresses; its namespace lets it have that network. */
export const ADDRESS_POD = { name: "slipway-probe-addresses", namespace: "slipway-addresses" } as const;

/** An address that stands for all of a range. */
export type AddressStandIn = {
  readonly endpoint: AddressEndpoint;
  /** Name and namespace of the pod that answers. */
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly listens: readonly Port[];
};

/**
 * One address for each range that the graph names, and one that lies just beyond: a policy whose block is too wide lets through to
 * it. All of them answer on every port that any edge out of the cluster has, so that each is refused to what it is not for.
 *
 * @param unnamed A port that no edge names.
 */
export function addressStandIns(
  endpoints: readonly Endpoint[],
  edges: readonly Edge[],
  unnamed: Port,
): AddressStandIn[] {
  const ranges = endpoints.filter(
    (each): each is AddressEndpoint => each.kind === "addresses" && each.range.family === 4,
  );
  const named = ranges.filter(({ represents, range }) => represents.length > 0 && isUsableBlock(range));
  const beyond = ranges.find(
    ({ names, range }) =>
      names.includes(ANYWHERE_ELSE) &&
      range.last > range.first &&
      named.some((each) => each.range.last + 1n === range.first),
  );
  const out = edges.filter(({ to }) => named.some(({ represents }) => represents.includes(to)));
  const ports = [...out.flatMap((edge) => edge.ports), unnamed].filter(({ protocol }) => protocol !== "SCTP");
  const listens = [...new Map(ports.map((port) => [`${port.port}/${port.protocol}`, port])).values()];
  const chosen = [
    // Services that are stood for have the first addresses of a block.
    ...named.map((endpoint) => ({ endpoint, address: formatAddress(endpoint.range.last - 1n) })),
    ...(beyond === undefined ? [] : [{ endpoint: beyond, address: formatAddress(beyond.range.first + 1n) }]),
  ];
  return chosen.map(({ endpoint, address }) => ({ ...ADDRESS_POD, endpoint, address, listens }));
}

/** All ports of all protocols, cut where a policy, a pod or an edge names one, and sets of them as bit masks. */

/** The protocols that a network policy knows. */
export const PROTOCOLS = ["TCP", "UDP", "SCTP"] as const;

/** One of TCP, UDP and SCTP. */
export type Protocol = (typeof PROTOCOLS)[number];

/** Ports of one protocol, both ends included. */
export type PortRange = { readonly protocol: Protocol; readonly first: number; readonly last: number };

/** A set of ports: one bit for each range of a port space. */
export type PortMask = bigint;

const LAST_PORT = 65_535;

/** No port at all. */
export const NO_PORTS: PortMask = 0n;

/**
 * Every port from 1 to 65535, cut into ranges of which all that is compared holds all or nothing. What is true of one
 * port in such a range is true of the others, so that "every port" needs no list of 65535.
 */
export class PortSpace {
  /** The ranges, by protocol and first port; the bit of a mask is the position here. */
  readonly ranges: readonly PortRange[];
  /** The set of all ports. */
  readonly all: PortMask;

  /** @param named Ports and ranges of ports that something names. */
  constructor(named: readonly PortRange[]) {
    this.ranges = PROTOCOLS.flatMap((protocol) => {
      const starts = new Set([1]);
      for (const range of named) if (range.protocol === protocol) starts.add(range.first).add(range.last + 1);
      const sorted = [...starts].filter((start) => start >= 1 && start <= LAST_PORT).sort((a, b) => a - b);
      return sorted.map((first, index) => ({ protocol, first, last: (sorted[index + 1] ?? LAST_PORT + 1) - 1 }));
    });
    this.all = (1n << BigInt(this.ranges.length)) - 1n;
  }

  /** The set of the ports of a range; all ports of its protocol where it has no ends. */
  mask(protocol: Protocol, first = 1, last = LAST_PORT): PortMask {
    return this.ranges.reduce((mask, range, index) => {
      const isIn = range.protocol === protocol && range.first >= first && range.last <= last;
      return isIn ? mask | (1n << BigInt(index)) : mask;
    }, NO_PORTS);
  }

  /** A set as people write it: `5432`, `53/UDP, 8000-8010`, `every port`, `every port but 22`. TCP goes without saying. */
  format(mask: PortMask): string {
    if (mask === this.all) return "every port";
    if (mask === NO_PORTS) return "no port";
    const parts = this.#parts(mask);
    const others = this.#parts(this.all & ~mask);
    return parts.length > 2 && others.length < parts.length ? `every port but ${others.join(", ")}` : parts.join(", ");
  }

  #parts(mask: PortMask): string[] {
    return PROTOCOLS.flatMap((protocol) => {
      const suffix = protocol === "TCP" ? "" : `/${protocol}`;
      return this.#joined(mask, protocol).map(({ first, last }) => {
        if (first === 1 && last === LAST_PORT) return `every ${protocol} port`;
        return first === last ? `${first}${suffix}` : `${first}-${last}${suffix}`;
      });
    });
  }

  /** The ranges of one protocol in a set, neighbours made one. */
  #joined(mask: PortMask, protocol: Protocol): { first: number; last: number }[] {
    const joined: { first: number; last: number }[] = [];
    this.ranges.forEach((range, index) => {
      if (range.protocol !== protocol || ((mask >> BigInt(index)) & 1n) === 0n) return;
      const before = joined.at(-1);
      if (before?.last === range.first - 1) before.last = range.last;
      else joined.push({ first: range.first, last: range.last });
    });
    return joined;
  }
}

/** The protocol of a port as an object names it, TCP where it names none, or undefined where there is no such protocol. */
export function parseProtocol(value: unknown): Protocol | undefined {
  return value === undefined || value === null ? "TCP" : PROTOCOLS.find((protocol) => protocol === value);
}

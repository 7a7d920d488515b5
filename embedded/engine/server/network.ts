/** Chooses the addresses of an engine so that they collide with nothing that the machine can reach. Pure. */

import { PipelineError } from "../../../src/report/errors.ts";

/** Addresses of one engine. */
export type EngineNetwork = {
  /** Interface on the machine, 15 characters at most; also the name of the control group and the comment of the firewall rules. */
  readonly link: string;
  /** Range between machine and engine, four addresses. */
  readonly subnet: string;
  readonly hostAddress: string;
  readonly engineAddress: string;
  /** Range of the containers, seen inside the engine's network only. */
  readonly containers: string;
};

/** A destination that the machine has a route to. */
export type Range = { readonly address: number; readonly prefix: number };

const LINKS = 64;
const LINK_NETWORKS = ["10.213", "172.30", "192.168"] as const;
const CONTAINER_RANGES = ["10.87.0.0/16", "10.187.0.0/16", "172.29.0.0/16", "172.21.0.0/16"] as const;

/** Every range that could be used is taken. */
export class NoFreeNetworkError extends PipelineError {
  override readonly name = "NoFreeNetworkError";

  constructor(tried: readonly string[]) {
    super(
      "infra",
      `the machine has routes to all ranges that the embedded engine could use: ${tried.join(", ")}`,
      "use a container runtime, or name a running engine in SLIPWAY_ENGINE",
    );
  }
}

/**
 * Takes the first free ranges.
 *
 * @param routes What the machine has routes to.
 * @param name Eight letters or digits that no other engine has, dead ones that nobody has cleaned up after included: what
 * is left of those is found by its name, and must not be taken from an engine that lives.
 */
export function chooseNetwork(routes: readonly Range[], name: string): EngineNetwork {
  const containers = CONTAINER_RANGES.find((range) => isFree(range, routes));
  if (containers === undefined) {
    throw new NoFreeNetworkError(CONTAINER_RANGES);
  }
  for (const network of LINK_NETWORKS) {
    for (let number = 0; number < LINKS; number += 1) {
      const subnet = `${network}.${number}.0/30`;
      if (isFree(subnet, routes)) {
        const hostAddress = `${network}.${number}.1`;
        return { link: `slipway${name}`, subnet, hostAddress, engineAddress: `${network}.${number}.2`, containers };
      }
    }
  }
  throw new NoFreeNetworkError(LINK_NETWORKS);
}

/** Reads /proc/net/route; the default route is left out, since it overlaps with everything. */
export function parseRoutes(table: string): readonly Range[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      const [, destination, , , , , , mask] = columns;
      if (destination === undefined || mask === undefined || mask === "00000000") {
        return [];
      }
      const prefix = littleEndian(mask).toString(2).replaceAll("0", "").length;
      return [{ address: littleEndian(destination), prefix }];
    });
}

function isFree(range: string, routes: readonly Range[]): boolean {
  const own = parseRange(range);
  return !routes.some((route) => {
    const shift = 32 - Math.min(own.prefix, route.prefix);
    return Math.floor(own.address / 2 ** shift) === Math.floor(route.address / 2 ** shift);
  });
}

function parseRange(range: string): Range {
  const [address = "", prefix = ""] = range.split("/");
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address: number, prefix: Number(prefix) };
}

function littleEndian(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return bytes.reverse().reduce((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0);
}

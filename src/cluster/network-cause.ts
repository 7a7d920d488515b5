/** Says why a connection is not what the graph says, from what the rendered policies say of it. */
import { isReleasePod } from "../charts/network/endpoint.ts";
import { type Direction, DIRECTIONS } from "../charts/network/network-policy.ts";
import { NO_PORTS } from "../charts/network/port-space.ts";
import type { Connection, Reachability, Side } from "../charts/network/reachability.ts";
import { formatPath } from "../charts/json.ts";
import type { Trial } from "./network-plan.ts";

/** What happened, in the part that a cause repeats. */
type Happened = { readonly kind: string; readonly detail: string };

/** The cause of a connection that should be and is not, or should not be and is. */
export function refutedCause(
  { space }: Reachability,
  { connection, port, isDeclared }: Trial,
  happened: Happened,
): string {
  const mask = space.mask(port.protocol, port.port, port.port);
  const ends = DIRECTIONS.toReversed().map((direction) => ({ direction, ...endOf(connection, direction) }));
  if (isDeclared) {
    const lacking = ends.filter(({ side, isOurs }) => isOurs && (side.ports & mask) === NO_PORTS);
    if (lacking.length > 0)
      return lacking.map(({ direction, side }) => `${direction} is allowed by none of: ${policiesOf(side)}`).join("; ");
    return `${happened.detail || happened.kind}; the rendered policies allow it, so the cluster has others`;
  }
  if ((connection.ports & mask) === NO_PORTS) {
    return "the rendered policies deny it, so the cluster lacks one of them or has one that allows it";
  }
  return ends
    .filter(({ isOurs }) => isOurs)
    .map(({ direction, side }) => `${direction} is allowed by ${allowing(side, mask)}`)
    .join("; ");
}

function endOf(connection: Connection, direction: Direction): { readonly side: Side; readonly isOurs: boolean } {
  const end = direction === "egress" ? connection.from : connection.to;
  return { side: connection[direction], isOurs: isReleasePod(end) };
}

function policiesOf({ policies }: Side): string {
  return policies.map(({ manifest }) => manifest.name).join(", ");
}

function allowing({ policies, grants }: Side, mask: bigint): string {
  if (policies.length === 0) return "the lack of any policy";
  const rules = grants.filter(({ ports }) => (ports & mask) !== NO_PORTS);
  return rules.map(({ policy, rule }) => `${policy.manifest.name} ${formatPath(rule.path)}`).join(", ");
}

/** Shows who can open a connection to whom as a text table. */
import { renderTable } from "../../report/table.ts";
import { formatPath } from "../json.ts";
import { type Endpoint, isReleasePod } from "./endpoint.ts";
import { type PortMask, NO_PORTS } from "./port-space.ts";
import type { Reachability, Side } from "./reachability.ts";

type Row = {
  readonly from: string;
  readonly to: string;
  ports: PortMask;
  readonly egress: Set<string>;
  readonly ingress: Set<string>;
};

/**
 * Renders every connection that is allowed, a row for each pair of names, with the rules of both ends that allow it.
 * Pairs that have no row cannot connect.
 */
export function renderReachability({ connections, space }: Reachability): string {
  const rows = new Map<string, Row>();
  for (const { from, to, ports, egress, ingress } of connections) {
    if (ports === NO_PORTS) continue;
    const key = JSON.stringify([nameOf(from), nameOf(to)]);
    const row = rows.get(key) ?? { from: nameOf(from), to: nameOf(to), ports, egress: new Set(), ingress: new Set() };
    rows.set(key, row);
    row.ports |= ports;
    for (const rule of allowing(from, egress, ports)) row.egress.add(rule);
    for (const rule of allowing(to, ingress, ports)) row.ingress.add(rule);
  }
  const cells = [...rows.values()].map(({ from, to, ports, egress, ingress }) => {
    return [from, to, space.format(ports), [...egress].join(", "), [...ingress].join(", ")];
  });
  const headings = ["From", "To", "Ports", "Egress allowed by", "Ingress allowed by"];
  return renderTable(
    headings.map((heading) => ({ heading })),
    cells.sort(([a = "", b = ""], [c = "", d = ""]) => compare(a, c) || compare(b, d)),
  );
}

function nameOf({ names }: Endpoint): string {
  return names.join(" + ");
}

function allowing(endpoint: Endpoint, { policies, grants }: Side, ports: PortMask): string[] {
  if (!isReleasePod(endpoint)) return ["(outside)"];
  if (policies.length === 0) return ["(not restricted)"];
  const used = grants.filter((grant) => (grant.ports & ports) !== NO_PORTS);
  return used.map(({ policy, rule }) => `${policy.manifest.name} ${formatPath(rule.path.slice(1))}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Finds connections that network policies allow and no edge declares, as a part of the reachability rule. */
import type { ChartRender, Finding } from "../finding.ts";
import { formatPath } from "../json.ts";
import { ANYWHERE_ELSE, isReleasePod } from "../network/endpoint.ts";
import type { Direction } from "../network/network-policy.ts";
import { NO_PORTS, type PortMask, type PortSpace } from "../network/port-space.ts";
import type { Connection, Grant, Reachability, Side } from "../network/reachability.ts";
import { edgePorts, type NumberedEdge, policyFinding } from "./reachability-finding.ts";

/** What one rule of a policy allows too much: the same ports, for some components, to or from the same others. */
type Surplus = {
  readonly grant: Grant;
  readonly direction: Direction;
  readonly components: Set<string>;
  readonly ports: PortMask;
  /** Components and names of the graph at the other end, and what has no name. */
  readonly named: Set<string>;
  readonly unnamed: Set<string>;
  /** Rules of the other ends that allow it, too. */
  readonly counterparts: Set<string>;
};

/** One finding for each rule, set of ports and set of others. What is open for want of a policy is found elsewhere. */
export function surplusConnections(
  render: ChartRender,
  { connections, space }: Reachability,
  edges: readonly NumberedEdge[],
): Finding[] {
  const masks = edges.map((edge) => ({ edge, mask: edgePorts(space, edge) }));
  const found = new Map<string, Surplus>();
  for (const connection of connections) {
    if (connection.ports === NO_PORTS) continue;
    const declared = masks.reduce((mask, each) => (isOf(each.edge, connection) ? mask | each.mask : mask), NO_PORTS);
    const surplus = connection.ports & ~declared;
    if (surplus !== NO_PORTS) collect(found, connection, surplus);
  }
  return alike([...found.values()]).map((each) => toFinding(render, space, each));
}

function isOf(edge: NumberedEdge, { from, to }: Connection): boolean {
  return to.names.includes(edge.to) && edge.from.some((name) => from.names.includes(name));
}

function collect(found: Map<string, Surplus>, { from, to, egress, ingress }: Connection, surplus: PortMask): void {
  const incoming = overlapping(ingress, surplus);
  const direction = incoming.length > 0 ? "ingress" : "egress";
  const [own, other, counterpart] = direction === "ingress" ? [to, from, egress] : [from, to, ingress];
  for (const grant of direction === "ingress" ? incoming : overlapping(egress, surplus)) {
    const [component = ""] = own.names;
    const ports = grant.ports & surplus;
    const { policy, rule } = grant;
    const key = JSON.stringify([policy.manifest.line, rule.path, component, String(ports)]);
    const entry = found.get(key) ?? {
      ...{ grant, direction, components: new Set([component]), ports },
      named: new Set(),
      unnamed: new Set(),
      counterparts: new Set(),
    };
    found.set(key, entry);
    if (other.names.includes(ANYWHERE_ELSE)) entry.unnamed.add(other.title);
    else entry.named.add(other.names.join(" + "));
    if (!isReleasePod(other)) continue;
    if (counterpart.policies.length === 0) entry.counterparts.add("having no policy");
    for (const each of overlapping(counterpart, ports)) {
      entry.counterparts.add(`${each.policy.manifest.name} ${formatPath(each.rule.path)}`);
    }
  }
}

/** Makes one of what the same rule allows several components in the same way. */
function alike(surpluses: readonly Surplus[]): Surplus[] {
  const merged = new Map<string, Surplus>();
  for (const each of surpluses) {
    const { policy, rule } = each.grant;
    const others = [...each.named, "", ...each.unnamed, "", ...each.counterparts];
    const key = JSON.stringify([policy.manifest.line, rule.path, String(each.ports), others]);
    const before = merged.get(key);
    if (before === undefined) merged.set(key, each);
    else for (const component of each.components) before.components.add(component);
  }
  return [...merged.values()];
}

function overlapping({ grants }: Side, ports: PortMask): Grant[] {
  return grants.filter((grant) => (grant.ports & ports) !== NO_PORTS);
}

function toFinding(render: ChartRender, space: PortSpace, surplus: Surplus): Finding {
  const { grant, direction, ports, counterparts } = surplus;
  const components = [...surplus.components].join(", ");
  const unnamed = surplus.unnamed.size === 0 ? [] : [`${ANYWHERE_ELSE} (${[...surplus.unnamed].join(", ")})`];
  const others = [...surplus.named, ...unnamed].join(", ");
  const [from, to] = direction === "ingress" ? [others, components] : [components, others];
  const also = counterparts.size === 0 ? "" : `; the other end allows it, by ${[...counterparts].join(", ")}`;
  const rule = formatPath(grant.rule.path);
  const declare =
    unnamed.length === 0
      ? `declare the edge from ${from} to ${to}`
      : "give the other end a name under outside and declare an edge";
  return policyFinding(render, grant.policy, {
    path: grant.rule.path,
    reason: `allows ${from} to open ${space.format(ports)} of ${to}, and no edge declares it${also}`,
    fix: `narrow ${rule} to the peers and ports of a declared edge, or ${declare} in the platform file`,
  });
}

/** What the parts of the reachability rule have in common: its edges and the form of its findings. */
import type { Edge } from "../../platform/chart-spec.ts";
import type { ChartRender, Finding } from "../finding.ts";
import { formatPath } from "../json.ts";
import { objectName } from "../manifest.ts";
import type { NetworkPolicy, PolicyMistake } from "../network/network-policy.ts";
import { NO_PORTS, type PortMask, type PortSpace } from "../network/port-space.ts";

/** Name of the rule in findings and exceptions. */
export const REACHABILITY = "reachability";

/** An edge and its position in the platform file. */
export type NumberedEdge = Edge & { readonly index: number };

/** The ports of an edge as a set. */
export function edgePorts(space: PortSpace, { ports }: Edge): PortMask {
  return ports.reduce((mask, { port, protocol }) => mask | space.mask(protocol, port, port), NO_PORTS);
}

/** What all findings of a render have in common. */
export function findingOf({ chart, environment }: ChartRender): Pick<Finding, "rule" | "chart" | "environment"> {
  return { rule: REACHABILITY, chart, environment };
}

/** A finding in a policy. */
export function policyFinding(render: ChartRender, { manifest }: NetworkPolicy, mistake: PolicyMistake): Finding {
  const { path, reason, fix } = mistake;
  return { ...findingOf(render), object: objectName(manifest), path: formatPath(path), reason, fix };
}

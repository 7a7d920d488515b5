/** The rule that rendered network policies allow the declared connections, nothing more and nothing less. */
import type { ComponentGraph } from "../../platform/chart-spec.ts";
import { nearestName } from "../../platform/nearest-name.ts";
import type { ChartRender, Finding, RenderRule } from "../finding.ts";
import { formatPath, type JsonPath } from "../json.ts";
import { isReleasePod } from "../network/endpoint.ts";
import { formatSelector } from "../network/label-selector.ts";
import { DIRECTIONS, type NetworkPolicy, type PolicyMistake } from "../network/network-policy.ts";
import { computeReachability, isPeer, portsNamed, type Reachability, selectsPod } from "../network/reachability.ts";
import { findingOf, type NumberedEdge, policyFinding, REACHABILITY } from "./reachability-finding.ts";
import { isolationFindings } from "./reachability-isolation.ts";
import { missingConnections } from "./reachability-missing.ts";
import { surplusConnections } from "./reachability-surplus.ts";

/** The rule for a chart whose platform file declares this graph. */
export function reachabilityRule(graph: ComponentGraph): RenderRule {
  return {
    name: REACHABILITY,
    title: "Network policies allow the connections that the platform file declares, and no other (A-36)",
    check: (render) => checkReachability(render, graph),
  };
}

/** Compares what the policies of a render allow with the graph of its chart. */
export function checkReachability(render: ChartRender, graph: ComponentGraph): Finding[] {
  const edges = graph.edges
    .map((edge, index) => ({ ...edge, index }))
    .filter(({ environments }) => environments?.includes(render.environment) ?? true);
  const reachability = computeReachability(render, { outside: graph.outside, edges });
  const { known, findings } = namedEdges(render, reachability, graph, edges);
  return [
    ...findings,
    ...reachability.policies.flatMap((policy) => policyFindings(render, policy, reachability)),
    ...isolationFindings(render, reachability),
    ...surplusConnections(render, reachability, known),
    ...missingConnections(render, reachability, known),
  ];
}

/** The edges whose names mean something in this render, and what is wrong with the others. */
function namedEdges(
  render: ChartRender,
  { pods }: Reachability,
  { outside }: ComponentGraph,
  edges: readonly NumberedEdge[],
): { known: NumberedEdge[]; findings: Finding[] } {
  const components = new Set(pods.flatMap(({ names }) => names));
  const names = [...components, ...Object.keys(outside)];
  const findings: Finding[] = [];
  const report = (path: JsonPath, reason: string, fix: string) =>
    void findings.push({ ...findingOf(render), object: "platform file", path: formatPath(path), reason, fix });
  const isKnown = (name: string, path: JsonPath) => {
    if (names.includes(name)) return true;
    const near = nearestName(name, names);
    const fix = near === undefined ? "" : `write "${near}", or `;
    const reason = `"${name}" is no component of ${render.chart} in ${render.environment} and nothing outside; known are: ${names.join(", ")}`;
    report(path, reason, `${fix}name it under outside, or limit the edge to the environments that have it`);
    return false;
  };
  const known = edges.map((edge) => {
    const path = ["network", "edges", edge.index];
    const from = edge.from.filter((name, index) => isKnown(name, [...path, "from", index]));
    if (!isKnown(edge.to, [...path, "to"])) return { ...edge, from: [] };
    const isInside = components.has(edge.to);
    const foreign = from.filter((name) => !isInside && !components.has(name));
    const reason = `both ${foreign.join(", ")} and ${edge.to} are outside, and no policy of ${render.chart} is about them`;
    if (foreign.length > 0) report(path, reason, "remove the edge, or name a component at one end");
    return { ...edge, from: from.filter((name) => !foreign.includes(name)) };
  });
  return { known, findings };
}

function policyFindings(render: ChartRender, policy: NetworkPolicy, { endpoints, pods }: Reachability): Finding[] {
  const selected = pods.filter((pod) => selectsPod(policy, pod));
  const dangling =
    selected.length > 0 || policy.pods.length === 0
      ? []
      : [
          {
            path: ["spec", "podSelector"],
            reason: `selects no pod of the release: ${formatSelector(policy.pods)}`,
            fix: "make it the labels of the pods that it is for, or remove the policy",
          },
        ];
  const nameless = DIRECTIONS.flatMap((direction) =>
    (policy.rules[direction] ?? []).flatMap(({ peers, ports }) => {
      if (ports === "every port" || selected.length === 0) return [];
      const reached = endpoints.filter(isReleasePod).filter((pod) => {
        return peers === "everyone" || peers.some((peer) => isPeer(peer, policy.namespace, pod));
      });
      const destinations = direction === "ingress" ? selected : reached;
      return ports.flatMap((port): PolicyMistake[] => {
        if (!("name" in port) || destinations.some((pod) => portsNamed(port, pod).length > 0)) return [];
        const reason = `is the port "${port.name}" of ${port.protocol}, and no pod of the release that it is about has one of that name`;
        return [
          { path: port.path, reason, fix: "write the number of the port, or the name that the container gives it" },
        ];
      });
    }),
  );
  return [...policy.mistakes, ...dangling, ...nameless].map((mistake) => policyFinding(render, policy, mistake));
}

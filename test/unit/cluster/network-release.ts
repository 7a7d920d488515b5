/** A small release and its graph, for the tests of network proofs. */
import type { ComponentGraph } from "../../../src/platform/chart-spec.ts";
import { type NetworkPlan, planNetworkProof } from "../../../src/cluster/network-plan.ts";
import type { Outcome } from "../../../src/cluster/network-outcome.ts";
import { component, DENY_ALL, deployment, policy, renderOf } from "../charts/network/release.ts";

/** web asks db and the name service; an office outside asks web; an edge of prod is not in dev. */
export const GRAPH: ComponentGraph = {
  outside: {
    dns: { namespace: "kube-system", pods: { "k8s-app": "kube-dns" } },
    monitoring: { namespace: "monitoring" },
    office: { cidrs: ["198.51.100.0/24"] },
  },
  edges: [
    { from: ["web"], to: "db", ports: [{ port: 5432, protocol: "TCP" }] },
    { from: ["web"], to: "dns", ports: [{ port: 53, protocol: "UDP" }] },
    { from: ["office"], to: "web", ports: [{ port: 8080, protocol: "TCP" }] },
    { from: ["monitoring"], to: "web", ports: [{ port: 8080, protocol: "TCP" }], environments: ["prod"] },
  ],
};

export const WEB = deployment("web", "http:8080");
export const DB = deployment("db", "sql:5432");
export const WEB_POLICY = policy(
  "web",
  "web",
  "policyTypes: [Ingress, Egress]",
  "egress:",
  `  - { to: [{ ${component("db")} }], ports: [{ port: 5432 }] }`,
  "  - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }]",
  "    ports: [{ port: 53, protocol: UDP }]",
);
export const DB_POLICY = policy(
  "db",
  "db",
  "policyTypes: [Ingress]",
  `ingress: [{ from: [{ ${component("web")} }], ports: [{ port: sql }] }]`,
);
export const POLICIES = [DENY_ALL, WEB_POLICY, DB_POLICY];

/** The plan for the release with some policies. */
export function planOf(...policies: string[]): NetworkPlan {
  return planNetworkProof(renderOf(WEB, DB, ...policies), GRAPH);
}

/** Outcomes as the graph has them, but for some trials, by \`from > to port\`. */
export function outcomesOf(plan: NetworkPlan, others: Readonly<Record<string, Outcome>> = {}): Map<number, Outcome> {
  return new Map(
    plan.trials.map((trial, number) => {
      const usual: Outcome = trial.isDeclared ? { kind: "connected", detail: "" } : { kind: "refused", detail: "no" };
      return [number, others[titleOf(trial)] ?? usual] as const;
    }),
  );
}

/** A trial in one line. */
export function titleOf({ from, to, port }: NetworkPlan["trials"][number]): string {
  const name = ({ endpoint }: typeof to) =>
    endpoint.represents.length > 0 ? endpoint.names.join("+") : endpoint.title;
  return `${name(from)} > ${name(to)} ${port.port}/${port.protocol}`;
}

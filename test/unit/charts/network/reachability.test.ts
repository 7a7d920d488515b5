import { describe, expect, it } from "vitest";

import type { ComponentGraph } from "../../../../src/platform/chart-spec.ts";
import { computeReachability } from "../../../../src/charts/network/reachability.ts";
import { renderReachability } from "../../../../src/charts/network/reachability-table.ts";
import { component, DENY_ALL, deployment, policy, policyFor, renderOf } from "./release.ts";

const GRAPH: ComponentGraph = {
  outside: {
    monitoring: { namespace: "monitoring" },
    office: { cidrs: ["198.51.100.0/24"] },
  },
  edges: [{ from: ["office"], to: "web", ports: [{ port: 443, protocol: "TCP" }] }],
};

/** Who reaches whom on what, as `from > to: ports`, of what is not denied. */
function reached(...documents: string[]): string[] {
  const { connections, space } = computeReachability(renderOf(...documents), GRAPH);
  const lines = connections
    .filter(({ ports }) => ports !== 0n)
    .map(({ from, to, ports }) => `${from.names.join("+")} > ${to.names.join("+")}: ${space.format(ports)}`);
  return [...new Set(lines)].sort();
}

const WEB = deployment("web", "http:8080");
const DB = deployment("db", "sql:5432");
const OPEN_WEB = ["anywhere else > web", "monitoring > web", "office > web", "web > web"];
const CLOSED_EGRESS = policyFor("no-egress", "{}", "policyTypes: [Egress]");

/** The recipes of the chapter "Network Policies" of the Kubernetes documentation. */
describe("computeReachability", () => {
  it("leaves pods that no policy selects open in both directions", () => {
    expect(reached(WEB)).toEqual(
      [...OPEN_WEB, "web > anywhere else", "web > monitoring", "web > office"]
        .map((pair) => `${pair}: every port`)
        .sort(),
    );
  });

  it("denies all ingress by default", () => {
    const deny = policyFor("default-deny-ingress", "{}", "policyTypes: [Ingress]");
    expect(reached(WEB, deny)).toEqual(
      ["web > anywhere else: every port", "web > monitoring: every port", "web > office: every port"].sort(),
    );
  });

  it("allows all ingress, whatever else is denied", () => {
    const allow = policyFor("allow-all-ingress", "{}", "ingress: [{}]", "policyTypes: [Ingress]");
    expect(reached(WEB, CLOSED_EGRESS, DENY_ALL, allow)).toEqual(
      ["anywhere else > web: every port", "monitoring > web: every port", "office > web: every port"].sort(),
    );
  });

  it("denies all egress by default, and allows all of it", () => {
    const deny = policyFor("default-deny-egress", "{}", "policyTypes: [Egress]");
    const ingress = policyFor("default-deny-ingress", "{}", "policyTypes: [Ingress]");
    expect(reached(WEB, deny, ingress)).toEqual([]);
    const allow = policyFor("allow-all-egress", "{}", "egress: [{}]", "policyTypes: [Egress]");
    expect(reached(WEB, deny, ingress, allow)).toEqual(
      ["web > anywhere else: every port", "web > monitoring: every port", "web > office: every port"].sort(),
    );
  });

  it("denies everything by default", () => {
    expect(reached(WEB, DB, DENY_ALL)).toEqual([]);
  });

  it("reads the example of the documentation: blocks with exceptions, namespaces, pods, ports", () => {
    const example = policy(
      "test-network-policy",
      "db",
      "policyTypes: [Ingress, Egress]",
      "ingress:",
      "  - from:",
      "      - ipBlock: { cidr: 172.17.0.0/16, except: [172.17.1.0/24] }",
      "      - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } }",
      `      - ${component("web")}`,
      "    ports: [{ protocol: TCP, port: 6379 }]",
      "egress:",
      "  - to: [{ ipBlock: { cidr: 10.0.0.0/24 } }]",
      "    ports: [{ protocol: TCP, port: 5978 }]",
    );
    const { connections, space } = computeReachability(renderOf(WEB, DB, example), GRAPH);
    const ofDb = connections.filter(
      ({ from, to, ports }) => ports !== 0n && (from.names.includes("db") || to.names.includes("db")),
    );
    expect(ofDb.map(({ from, to, ports }) => `${from.title} > ${to.title}: ${space.format(ports)}`)).toEqual([
      "Deployment shop-web > Deployment shop-db: 6379",
      "Deployment shop-db > addresses 10.0.0.0/24: 5978",
      "any pod in namespace monitoring > Deployment shop-db: 6379",
      "addresses 172.17.0.0/24 > Deployment shop-db: 6379",
      "addresses 172.17.2.0 to 172.17.255.255 > Deployment shop-db: 6379",
    ]);
  });

  it("tells a peer with both selectors from two peers with one each", () => {
    const namespace = "namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: monitoring } }";
    const both = policy("p", "db", `ingress: [{ from: [{ ${namespace}, ${component("web")} }] }]`);
    const either = policy("p", "db", `ingress: [{ from: [{ ${namespace} }, { ${component("web")} }] }]`);
    const fromMonitoring = (text: string) => {
      const { connections } = computeReachability(renderOf(WEB, DB, text), GRAPH);
      return connections.find(
        ({ from, to }) => from.title === "any pod in namespace monitoring" && to.names.includes("db"),
      );
    };
    expect(fromMonitoring(both)?.ports).toBe(0n);
    expect(reached(WEB, DB, both)).toContain("monitoring > db: every port");
    expect(reached(WEB, DB, both)).not.toContain("web > db: every port");
    expect(fromMonitoring(either)?.ports).not.toBe(0n);
    expect(reached(WEB, DB, either)).toContain("web > db: every port");
  });

  it("takes a range of ports, and targets them by the name that the destination's container gives them", () => {
    const range = policy("p", "web", "ingress: [{ ports: [{ port: 32000, endPort: 32768 }] }]");
    expect(reached(WEB, range)).toContain("office > web: 32000-32768");
    const named = policy("p", "web", "ingress: [{ ports: [{ port: http }] }]");
    expect(reached(WEB, named)).toContain("office > web: 8080");
    const egress = policy("p", "web", `egress: [{ to: [{ ${component("db")} }], ports: [{ port: sql }] }]`);
    expect(reached(WEB, DB, egress)).toContain("web > db: 5432");
  });

  it("needs both ends: egress of one and ingress of the other", () => {
    const out = policy("out", "web", `egress: [{ to: [{ ${component("db")} }], ports: [{ port: 5432 }] }]`);
    const into = policy("in", "db", `ingress: [{ from: [{ ${component("web")} }], ports: [{ port: 5432 }] }]`);
    expect(reached(WEB, DB, DENY_ALL, out)).toEqual([]);
    expect(reached(WEB, DB, DENY_ALL, into)).toEqual([]);
    expect(reached(WEB, DB, DENY_ALL, out, into)).toEqual(["web > db: 5432"]);
  });

  it("adds up what several policies allow", () => {
    const one = policy("one", "web", `ingress: [{ from: [{ ${component("db")} }], ports: [{ port: 8080 }] }]`);
    const two = policy("two", "web", `ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 9090 }] }]`);
    expect(reached(WEB, DB, one, two)).toContain("db > web: 8080, 9090");
  });

  it("keeps policies and peers without a namespace to their own", () => {
    const elsewhere = DENY_ALL.replace("name: deny-all", "name: deny-all, namespace: other");
    expect(reached(WEB, elsewhere)).toContain("office > web: every port");
  });

  it("does not restrict pods on the network of their node", () => {
    expect(reached(WEB.replace("containers:", "hostNetwork: true\n      containers:"), DENY_ALL)).toContain(
      "office > web: every port",
    );
  });

  it("sees pods of hooks, tests and every workload, under their component or else their object", () => {
    const pods = ["Pod", "Job", "CronJob", "StatefulSet", "DaemonSet"].map((kind) => {
      const spec = { Pod: "spec", CronJob: "spec: { jobTemplate: { spec: { template" }[kind] ?? "spec: { template";
      const close = { Pod: "", CronJob: " } } }" }[kind] ?? " }";
      const inner = kind === "Pod" ? "{ containers: [] }" : "{ spec: { containers: [] } }";
      return `{ apiVersion: v1, kind: ${kind}, metadata: { name: a-${kind.toLowerCase()} }, ${spec}: ${inner}${close} }`;
    });
    const { pods: found } = computeReachability(renderOf(...pods), GRAPH);
    expect(found.flatMap(({ names }) => names)).toEqual([
      "a-pod",
      "a-job",
      "a-cronjob",
      "a-statefulset",
      "a-daemonset",
    ]);
  });
});

describe("renderReachability", () => {
  it("lists every pair that can connect, with ports and rules", () => {
    const rules = [
      policy("db", "db", `ingress: [{ from: [{ ${component("web")} }], ports: [{ port: sql }] }]`),
      policy(
        "web",
        "web",
        `egress: [{ to: [{ ${component("db")} }], ports: [{ port: 5432 }] }]`,
        "ingress:",
        "  - from: [{ ipBlock: { cidr: 198.51.100.0/24 } }]",
        "    ports: [{ port: http }]",
      ),
    ];
    expect(renderReachability(computeReachability(renderOf(WEB, DB, DENY_ALL, ...rules), GRAPH)))
      .toMatchInlineSnapshot(`
      "From    To   Ports  Egress allowed by  Ingress allowed by
      office  web  8080   (outside)          web ingress[0]
      web     db   5432   web egress[0]      db ingress[0]"
    `);
  });
});

import { describe, expect, it } from "vitest";

import type { ChartRender } from "../../../../src/charts/finding.ts";
import { checkReachability, reachabilityRule } from "../../../../src/charts/rules/reachability.ts";
import { leastCpuMilliseconds } from "../../../support/cpu-time.ts";
import type { ComponentGraph, Edge } from "../../../../src/platform/chart-spec.ts";
import { component, DENY_ALL, deployment, policy, policyFor, renderOf } from "../network/release.ts";

const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: "TCP" as const }));

const GRAPH: ComponentGraph = {
  outside: {
    dns: { namespace: "kube-system", pods: { "k8s-app": "kube-dns" } },
    ingress: { namespace: "ingress" },
    warehouse: { cidrs: ["192.0.2.0/28"] },
  },
  edges: [
    { from: ["ingress", "test"], to: "web", ports: tcp(8080) },
    { from: ["web"], to: "api", ports: tcp(8080, 9090) },
    { from: ["api", "migrator"], to: "warehouse", ports: tcp(5432) },
    { from: ["web", "api", "migrator", "test"], to: "dns", ports: [...tcp(53), { port: 53, protocol: "UDP" }] },
    { from: ["api"], to: "cache", ports: tcp(6379), environments: ["prod"] },
  ],
};

const hook = (event: string, weight: number) => `"helm.sh/hook": "${event}", "helm.sh/hook-weight": "${weight}"`;

function pod(kind: "Job" | "Pod", name: string, annotations: string): string {
  const labels = `labels: { app.kubernetes.io/component: ${name}, app.kubernetes.io/instance: shop }`;
  const spec = "spec: { containers: [{ name: main }] }";
  const inner = kind === "Job" ? `spec: { template: { metadata: { ${labels} }, ${spec} } }` : spec;
  return `{ apiVersion: v1, kind: ${kind}, metadata: { name: shop-${name}, ${labels}, annotations: { ${annotations} } }, ${inner} }`;
}

const DNS =
  "{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }";
const DNS_RULE = `  - { to: [${DNS}], ports: [{ port: 53 }, { port: 53, protocol: UDP }] }`;
const WAREHOUSE_RULE = "  - { to: [{ ipBlock: { cidr: 192.0.2.0/28 } }], ports: [{ port: 5432 }] }";
const INGRESS = "{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: ingress } } }";

/** The documents of a release that has exactly the edges of the graph. */
const GOOD = {
  web: deployment("web", "http:8080"),
  api: deployment("api", "http:8080", "metrics:9090"),
  migrator: pod("Job", "migrator", hook("pre-install,pre-upgrade", -5)),
  test: pod("Pod", "test", hook("test", 0)),
  deny: DENY_ALL,
  dns: policyFor(
    "dns",
    "{ matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: [web, api, test] }] }",
    "policyTypes: [Egress]",
    "egress:",
    DNS_RULE,
  ),
  webPolicy: policy(
    "web",
    "web",
    "policyTypes: [Ingress, Egress]",
    "ingress:",
    `  - { from: [${INGRESS}, { ${component("test")} }], ports: [{ port: http }] }`,
    "egress:",
    `  - { to: [{ ${component("api")} }], ports: [{ port: http }, { port: metrics }] }`,
  ),
  apiPolicy: policy(
    "api",
    "api",
    "policyTypes: [Ingress, Egress]",
    "ingress:",
    `  - { from: [{ ${component("web")} }], ports: [{ port: http }, { port: metrics }] }`,
    "egress:",
    WAREHOUSE_RULE,
  ),
  migratorPolicy: policy(
    "migrator",
    "migrator",
    "policyTypes: [Ingress, Egress]",
    "egress:",
    DNS_RULE,
    WAREHOUSE_RULE,
  ).replace("name: migrator", `name: migrator, annotations: { ${hook("pre-install,pre-upgrade", -20)} }`),
  testPolicy: policy(
    "test",
    "test",
    "policyTypes: [Egress]",
    "egress:",
    `  - { to: [{ ${component("web")} }], ports: [{ port: 8080 }] }`,
  ),
};

type Part = keyof typeof GOOD;

/** The good release, of which one document is another. */
function planted(changes: Partial<Record<Part, string>>): ChartRender {
  return renderOf(...Object.values({ ...GOOD, ...changes }));
}

/** The good release with a word of one document replaced, which must be there. */
function replaced(part: Part, from: string, to: string): ChartRender {
  if (!GOOD[part].includes(from)) throw new Error(`${part} has no ${from}`);
  return planted({ [part]: GOOD[part].replace(from, to) });
}

function withEdge(...edges: Edge[]): ComponentGraph {
  return { ...GRAPH, edges: [...GRAPH.edges, ...edges] };
}

/** What is found, without what all findings share. */
function found(render: ChartRender, graph = GRAPH): string[] {
  return checkReachability(render, graph).map(
    ({ object, path, reason, fix }) => `${object} | ${path} | ${reason} | ${fix}`,
  );
}

describe("checkReachability", () => {
  it("finds nothing where the policies allow the declared edges and no more", () => {
    expect(found(planted({}))).toEqual([]);
  });

  it("names rule, chart and environment", () => {
    const [finding] = reachabilityRule(GRAPH).check(replaced("apiPolicy", "name: api", "name: api, namespace: other"));
    expect(finding).toMatchObject({ rule: "reachability", chart: "shop", environment: "dev" });
  });

  it("tells a port too many, with the rule that allows it", () => {
    expect(found(replaced("apiPolicy", "{ port: 5432 }", "{ port: 5432 }, { port: 443 }"))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.egress[0] | allows api to open 443 of warehouse, and no edge declares it | narrow spec.egress[0] to the peers and ports of a declared edge, or declare the edge from api to warehouse in the platform file",
      ]
    `);
  });

  it("tells a rule for everyone, naming all who may come in by it", () => {
    const render = replaced("webPolicy", `from: [${INGRESS}, { ${component("test")} }]`, "from: []");
    expect(found(render)).toMatchInlineSnapshot(`
      [
        "NetworkPolicy web | spec.ingress[0] | allows dns, warehouse, anywhere else (any pod in namespace shop, any pod in any other namespace, addresses 0.0.0.0 to 192.0.1.255, addresses 192.0.2.16 to 255.255.255.255, any IPv6 address) to open 8080 of web, and no edge declares it | narrow spec.ingress[0] to the peers and ports of a declared edge, or give the other end a name under outside and declare an edge in the platform file",
      ]
    `);
  });

  it("tells a rule for everyone out, which is open to the world", () => {
    expect(found(replaced("apiPolicy", "to: [{ ipBlock: { cidr: 192.0.2.0/28 } }], ", ""))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.egress[0] | allows api to open 5432 of ingress, dns, anywhere else (any pod in namespace shop, any pod in any other namespace, addresses 0.0.0.0 to 192.0.1.255, addresses 192.0.2.16 to 255.255.255.255, any IPv6 address), and no edge declares it | narrow spec.egress[0] to the peers and ports of a declared edge, or give the other end a name under outside and declare an edge in the platform file",
      ]
    `);
  });

  it("tells a peer that is wider than what the graph declares", () => {
    expect(found(replaced("dns", `[${DNS}]`, "[{ namespaceSelector: {} }]"))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy dns | spec.egress[0] | allows web, api, test to open 53, 53/UDP of ingress, anywhere else (any pod in namespace shop, any pod in any other namespace), and no edge declares it | narrow spec.egress[0] to the peers and ports of a declared edge, or give the other end a name under outside and declare an edge in the platform file",
      ]
    `);
  });

  it("tells a peer by other labels than the graph's, once as too much and once as lacking", () => {
    expect(found(replaced("webPolicy", "kubernetes.io/metadata.name: ingress", "role: edge"))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy web | spec.ingress[0] | allows anywhere else (any pod in any namespace with role=edge) to open 8080 of web, and no edge declares it | narrow spec.ingress[0] to the peers and ports of a declared edge, or give the other end a name under outside and declare an edge in the platform file",
        "NetworkPolicy web | spec.ingress | ingress of web (Deployment shop-web) lacks the declared edge from ingress to web on 8080 (network.edges[0]); it must allow any pod in namespace ingress | allow 8080 from ingress in spec.ingress of web, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells addresses beyond the declared blocks", () => {
    expect(found(replaced("apiPolicy", "192.0.2.0/28", "192.0.2.0/24"))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.egress[0] | allows api to open 5432 of anywhere else (addresses 192.0.2.16 to 192.0.2.255), and no edge declares it | narrow spec.egress[0] to the peers and ports of a declared edge, or give the other end a name under outside and declare an edge in the platform file",
      ]
    `);
  });

  it("tells declared addresses that are excepted", () => {
    const block = "cidr: 192.0.2.0/28";
    expect(found(replaced("apiPolicy", block, `${block}, except: [192.0.2.4/32]`))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.egress | egress of api (Deployment shop-api) lacks the declared edge from api to warehouse on 5432 (network.edges[2]); it must allow addresses 192.0.2.4/32 | allow 5432 to warehouse in spec.egress of api, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells which end lacks a declared edge", () => {
    const graph = withEdge({ from: ["api"], to: "web", ports: tcp(8080) });
    expect(found(planted({}), graph)).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.egress | egress of api (Deployment shop-api) lacks the declared edge from api to web on 8080 (network.edges[5]); it must allow pods with app.kubernetes.io/component=web, app.kubernetes.io/instance=shop | allow 8080 to web in spec.egress of api, or remove the edge from the platform file",
        "NetworkPolicy web | spec.ingress | ingress of web (Deployment shop-web) lacks the declared edge from api to web on 8080 (network.edges[5]); it must allow pods with app.kubernetes.io/component=api, app.kubernetes.io/instance=shop | allow 8080 from api in spec.ingress of web, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells a port that one end forgot", () => {
    expect(found(replaced("apiPolicy", ", { port: metrics }", ""))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy api | spec.ingress | ingress of api (Deployment shop-api) lacks the declared edge from web to api on 9090 (network.edges[1]); it must allow pods with app.kubernetes.io/component=web, app.kubernetes.io/instance=shop | allow 9090 from web in spec.ingress of api, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells names that nobody has, and the nearest ones", () => {
    const graph = withEdge(
      { from: ["wbe"], to: "warehose", ports: tcp(1) },
      { from: ["zzz"], to: "api", ports: tcp(1) },
    );
    expect(found(planted({}), graph)).toMatchInlineSnapshot(`
      [
        "platform file | network.edges[5].from[0] | "wbe" is no component of shop in dev and nothing outside; known are: web, api, migrator, test, dns, ingress, warehouse | write "web", or name it under outside, or limit the edge to the environments that have it",
        "platform file | network.edges[5].to | "warehose" is no component of shop in dev and nothing outside; known are: web, api, migrator, test, dns, ingress, warehouse | write "warehouse", or name it under outside, or limit the edge to the environments that have it",
        "platform file | network.edges[6].from[0] | "zzz" is no component of shop in dev and nothing outside; known are: web, api, migrator, test, dns, ingress, warehouse | name it under outside, or limit the edge to the environments that have it",
      ]
    `);
  });

  it("tells an edge that lies outside", () => {
    expect(found(planted({}), withEdge({ from: ["ingress"], to: "warehouse", ports: tcp(1) }))).toMatchInlineSnapshot(`
      [
        "platform file | network.edges[5] | both ingress and warehouse are outside, and no policy of shop is about them | remove the edge, or name a component at one end",
      ]
    `);
  });

  it("tells an edge of this environment to what only others have", () => {
    const render = { ...planted({}), environment: "prod" as const };
    expect(found(render)).toMatchInlineSnapshot(`
      [
        "platform file | network.edges[4].to | "cache" is no component of shop in prod and nothing outside; known are: web, api, migrator, test, dns, ingress, warehouse | name it under outside, or limit the edge to the environments that have it",
      ]
    `);
  });

  it("tells pods that no policy isolates, hooks and tests included", () => {
    const policies = {
      ...GOOD,
      deny: policyFor(
        "deny",
        "{ matchLabels: { app.kubernetes.io/component: web } }",
        "policyTypes: [Ingress, Egress]",
      ),
    };
    expect(found(renderOf(...Object.values(policies)))).toMatchInlineSnapshot(`
      [
        "Pod shop-test |  | is not isolated: no policy with Ingress selects its pods (app.kubernetes.io/component=test, app.kubernetes.io/instance=shop), so everyone may connect to it | add a policy with policyTypes [Ingress] that selects them; the release may have one for all its pods",
      ]
    `);
  });

  it("tells a hook whose policy comes after it", () => {
    expect(found(replaced("migratorPolicy", '"helm.sh/hook-weight": "-20"', '"helm.sh/hook-weight": "-5"')))
      .toMatchInlineSnapshot(`
      [
        "Job shop-migrator |  | is not isolated when it runs before the first install: deny-all, migrator comes only with or after it, so everyone may connect to it | make a policy with Ingress for it a pre-install hook with a helm.sh/hook-weight lower than that of the pod",
        "Job shop-migrator |  | is not isolated when it runs before the first install: deny-all, migrator comes only with or after it, so it may connect to everyone | make a policy with Egress for it a pre-install hook with a helm.sh/hook-weight lower than that of the pod",
      ]
    `);
  });

  it("tells a hook that is isolated in time and allowed too late", () => {
    const early = policy("early", "migrator", "policyTypes: [Ingress, Egress]").replace(
      "name: early",
      `name: early, annotations: { ${hook("pre-install", -30)} }`,
    );
    const render = planted({
      migratorPolicy: [early, policy("migrator", "migrator", "egress:", DNS_RULE, WAREHOUSE_RULE)].join("\n---\n"),
    });
    expect(found(render)).toMatchInlineSnapshot(`
      [
        "NetworkPolicy early | spec.egress | egress of migrator (Job shop-migrator) lacks the declared edge from migrator to warehouse on 5432 (network.edges[2]); it must allow addresses 192.0.2.0/28; the policies that allow it come only after this hook has run | allow 5432 to warehouse in spec.egress of early, or remove the edge from the platform file",
        "NetworkPolicy early | spec.egress | egress of migrator (Job shop-migrator) lacks the declared edge from migrator to dns on 53, 53/UDP (network.edges[3]); it must allow any pod with k8s-app=kube-dns in namespace kube-system; the policies that allow it come only after this hook has run | allow 53, 53/UDP to dns in spec.egress of early, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells pods on the network of their node", () => {
    expect(found(replaced("test", "spec: { containers", "spec: { hostNetwork: true, containers"))).toContain(
      "Pod shop-test | spec.hostNetwork | is not isolated: it is on the network of its node, which policies do not restrict, so everyone may connect to it | remove hostNetwork",
    );
  });

  it("tells a policy that selects nobody, and not a default for all", () => {
    expect(found(planted({ deny: [DENY_ALL, policy("old", "worker", "ingress: [{}]")].join("\n---\n") })))
      .toMatchInlineSnapshot(`
      [
        "NetworkPolicy old | spec.podSelector | selects no pod of the release: app.kubernetes.io/component=worker | make it the labels of the pods that it is for, or remove the policy",
      ]
    `);
    expect(found(renderOf(DENY_ALL), { outside: {}, edges: [] })).toEqual([]);
  });

  it("tells a port by a name that nobody has", () => {
    expect(found(replaced("testPolicy", "{ port: 8080 }", "{ port: https }"))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy test | spec.egress[0].ports[0] | is the port "https" of TCP, and no pod of the release that it is about has one of that name | write the number of the port, or the name that the container gives it",
        "NetworkPolicy test | spec.egress | egress of test (Pod shop-test) lacks the declared edge from test to web on 8080 (network.edges[0]); it must allow pods with app.kubernetes.io/component=web, app.kubernetes.io/instance=shop | allow 8080 to web in spec.egress of test, or remove the edge from the platform file",
      ]
    `);
  });

  it("tells a part of a policy that means nothing", () => {
    expect(found(replaced("apiPolicy", "192.0.2.0/28", "192.0.2.0"))[0]).toMatchInlineSnapshot(
      `"NetworkPolicy api | spec.egress[0].to[0].ipBlock.cidr | is "192.0.2.0", which is no address block | write a block such as 10.0.0.0/8"`,
    );
  });

  it("tells connections between replicas that no edge declares", () => {
    const peers = `[{ ${component("web")} }], ports: [{ port: 8080 }]`;
    const mesh = policy("mesh", "web", `ingress: [{ from: ${peers} }]`, `egress: [{ to: ${peers} }]`);
    expect(found(planted({ deny: [DENY_ALL, mesh].join("\n---\n") }))).toMatchInlineSnapshot(`
      [
        "NetworkPolicy mesh | spec.ingress[0] | allows web to open 8080 of web, and no edge declares it; the other end allows it, by mesh spec.egress[0] | narrow spec.ingress[0] to the peers and ports of a declared edge, or declare the edge from web to web in the platform file",
      ]
    `);
  });
});

describe("a name that is bundled in one environment and outside in another", () => {
  const outside = { ...GRAPH.outside, cache: { cidrs: ["198.51.100.7/32"] } };
  const graph = { outside, edges: [{ from: ["api"], to: "cache", ports: tcp(6379) }] };
  const egress = (to: string) =>
    policy("api", "api", "policyTypes: [Egress]", `egress: [{ to: [{ ${to} }], ports: [{ port: 6379 }] }]`);
  const api = deployment("api");

  it("is the component where the release has one", () => {
    const ingress = policy("cache", "cache", `ingress: [{ from: [{ ${component("api")} }], ports: [{ port: 6379 }] }]`);
    expect(
      found(renderOf(api, deployment("cache", "redis:6379"), DENY_ALL, ingress, egress(component("cache"))), graph),
    ).toEqual([]);
    expect(
      found(renderOf(api, deployment("cache"), DENY_ALL, ingress, egress("ipBlock: { cidr: 198.51.100.7/32 }")), graph),
    ).not.toEqual([]);
  });

  it("is what is outside where it has none", () => {
    expect(found(renderOf(api, DENY_ALL, egress("ipBlock: { cidr: 198.51.100.7/32 }")), graph)).toEqual([]);
  });
});

describe("the time it takes", () => {
  it("is under 50 ms for 100 objects", () => {
    const names = Array.from({ length: 33 }, (_, index) => `part-${index}`);
    const documents = names.flatMap((name, index) => [
      deployment(name, `http:${8000 + index}`),
      policy(
        name,
        name,
        "policyTypes: [Ingress, Egress]",
        "ingress:",
        `  - { from: [{ ${component(`part-${(index + 1) % 33}`)} }], ports: [{ port: http }] }`,
        "egress:",
        DNS_RULE,
        WAREHOUSE_RULE,
      ),
      policy(
        `${name}-out`,
        name,
        "policyTypes: [Egress]",
        "egress:",
        `  - { to: [{ ${component(`part-${(index + 32) % 33}`)} }], ports: [{ port: ${8000 + ((index + 32) % 33)} }] }`,
      ),
    ]);
    const render = renderOf(...documents, DENY_ALL);
    const edges = [
      ...names.map((name, index) => ({
        from: [name],
        to: `part-${(index + 32) % 33}`,
        ports: tcp(8000 + ((index + 32) % 33)),
      })),
      { from: names, to: "warehouse", ports: tcp(5432) },
      { from: names, to: "dns", ports: [...tcp(53), { port: 53, protocol: "UDP" as const }] },
    ];
    const graph = { outside: GRAPH.outside, edges };
    expect(found(render, graph)).toEqual([]);
    expect(leastCpuMilliseconds(() => checkReachability(render, graph))).toBeLessThan(50);
  });
});

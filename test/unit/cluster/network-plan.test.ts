import { describe, expect, it } from "vitest";

import { ELSEWHERE, LEAST_ABSENT, nameOf, planNetworkProof } from "../../../src/cluster/network-plan.ts";
import { deployment, policy, renderOf } from "../charts/network/release.ts";
import { DB, GRAPH, planOf, POLICIES, titleOf, WEB } from "./network-release.ts";

describe("planNetworkProof", () => {
  const plan = planOf(...POLICIES);

  it("lets a pod stand for each component, each name outside that is pods, and strangers here and elsewhere", () => {
    const standIns = plan.standIns.map((each) => [nameOf(each), each.namespace, each.endpoint.labels]);
    const labels = (name: string) => ({ "app.kubernetes.io/component": name, "app.kubernetes.io/instance": "shop" });
    expect(standIns).toEqual([
      ["web", "shop", labels("web")],
      ["db", "shop", labels("db")],
      ["monitoring", "monitoring", {}],
      ["any pod in namespace shop", "shop", {}],
      ["any pod in any other namespace", ELSEWHERE, {}],
      ["dns", "kube-system", { "k8s-app": "kube-dns" }],
    ]);
  });

  it("tries what this environment's edges declare between pods, and says what it cannot try", () => {
    expect(plan.trials.filter(({ isDeclared }) => isDeclared).map(titleOf)).toEqual([
      "web > db 5432/TCP",
      "web > dns 53/UDP",
    ]);
    expect(plan.untried).toEqual([
      {
        ...{ from: "office", to: "web", port: { port: 8080, protocol: "TCP" } },
        cause:
          "an end of it is no pod that can be made in the cluster: addresses outside of it, or the network of the node",
      },
    ]);
  });

  it("says of an edge to something that this render does not have that it does not", () => {
    const [db, ...others] = planNetworkProof(renderOf(WEB, ...POLICIES), GRAPH).untried;
    expect([db?.to, db?.cause, others.length]).toEqual(["db", "this render is without db", 1]);
  });

  it("tries everything else between them: other ports, the way back, other environments' edges, strangers", () => {
    const absent = plan.trials.filter(({ isDeclared }) => !isDeclared).map(titleOf);
    expect(absent).toEqual(
      expect.arrayContaining([
        "web > db 40404/TCP",
        "db > web 8080/TCP",
        "monitoring > web 8080/TCP",
        "any pod in namespace shop > db 5432/TCP",
        "any pod in any other namespace > web 8080/TCP",
        "db > dns 53/UDP",
        "web > any pod in any other namespace 40404/TCP",
      ]),
    );
    expect(absent).not.toEqual(expect.arrayContaining(["web > web 8080/TCP"]));
    expect(absent.length).toBe(plan.absent);
    expect(absent.length).toBeGreaterThan(LEAST_ABSENT);
    expect(new Set([...absent, "web > db 5432/TCP", "web > dns 53/UDP"]).size).toBe(plan.trials.length);
  });

  it("tries a part of the absent ones, from all of them, where there are more than wanted, and all declared ones", () => {
    const part = planNetworkProof(renderOf(WEB, DB, ...POLICIES), GRAPH, 12);
    const absent = part.trials.filter(({ isDeclared }) => !isDeclared);
    expect([absent.length, part.trials.length, part.absent]).toEqual([12, 14, plan.absent]);
    expect(new Set(absent.map(({ from }) => from.name)).size).toBeGreaterThan(3);
  });

  it("does not plan for what no pod can stand for: host network, namespaces with unknown labels, other protocols", () => {
    const graph = {
      outside: {},
      edges: [{ from: ["web"], to: "agent", ports: [{ port: 9, protocol: "SCTP" as const }] }],
    };
    const agent = deployment("agent", "one:9100").replace(
      "      containers:",
      "      hostNetwork: true\n      containers:",
    );
    const labelled = policy("web", "web", "ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: a } } }] }]");
    const { standIns, untried } = planNetworkProof(renderOf(WEB, agent, labelled), graph);
    expect(standIns.map(nameOf)).toEqual(["web", "any pod in namespace shop", "any pod in any other namespace"]);
    expect(untried.map(({ cause }) => cause)).toEqual(["stand-ins do not speak SCTP"]);
  });

  it("holds an edge to those pods of a component that serve it, where some do", () => {
    const job = deployment("db").replace("name: shop-db", "name: shop-db-backup");
    const { trials } = planNetworkProof(renderOf(WEB, DB, job, ...POLICIES), GRAPH);
    const toDb = trials.filter(({ to, port }) => nameOf(to) === "db" && port.port === 5432);
    expect(toDb.filter(({ isDeclared }) => isDeclared).map(({ to }) => to.endpoint.title)).toEqual([
      "Deployment shop-db",
    ]);
  });
});

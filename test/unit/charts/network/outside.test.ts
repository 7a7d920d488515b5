import { describe, expect, it } from "vitest";

import { ANYWHERE_ELSE, type Endpoint } from "../../../../src/charts/network/endpoint.ts";
import { computeReachability } from "../../../../src/charts/network/reachability.ts";
import type { Outside } from "../../../../src/platform/chart-spec.ts";
import { deployment, policyFor, renderOf } from "./release.ts";

const WEB = deployment("web", "http:8080");

/** What is outside a release, as `title: names`, with a mark where all edges of a name must exist for it. */
function outside(graph: Record<string, Outside>, ...documents: string[]): string[] {
  const { endpoints } = computeReachability(renderOf(WEB, ...documents), { outside: graph, edges: [] });
  const text = ({ title, names, represents }: Endpoint) =>
    `${title}: ${names.map((name) => (represents.includes(name) ? `${name}*` : name)).join(", ")}`;
  return endpoints.slice(1).map(text);
}

/** A policy that lets in who these peers are. */
function from(...peers: string[]): string {
  return policyFor("p", "{}", `ingress: [{ from: [${peers.join(", ")}] }]`);
}

describe("what is outside a release", () => {
  it("is a pod of its namespace, a pod of any other, and any address, where nothing is named", () => {
    expect(outside({})).toEqual([
      `any pod in namespace shop: ${ANYWHERE_ELSE}`,
      `any pod in any other namespace: ${ANYWHERE_ELSE}`,
      `any IPv4 address: ${ANYWHERE_ELSE}`,
      `any IPv6 address: ${ANYWHERE_ELSE}`,
    ]);
  });

  it("has the names of the graph; labels alone are of the release's own namespace", () => {
    const graph = {
      own: { pods: { app: "x" } },
      tools: { namespace: "tools" },
      agent: { namespace: "tools", pods: { app: "a" } },
    };
    expect(outside(graph).slice(0, 3)).toEqual([
      "any pod with app=x in namespace shop: own*",
      "any pod in namespace tools: tools*",
      "any pod with app=a in namespace tools: tools*, agent*",
    ]);
  });

  it("cuts addresses where the graph or a policy does", () => {
    const block = "{ ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16] } }";
    expect(outside({ office: { cidrs: ["10.0.0.0/15"] } }, from(block)).slice(2, -1)).toEqual([
      `addresses 0.0.0.0 to 9.255.255.255: ${ANYWHERE_ELSE}`,
      "addresses 10.0.0.0/16: office*",
      "addresses 10.1.0.0/16: office*",
      `addresses 10.2.0.0 to 10.255.255.255: ${ANYWHERE_ELSE}`,
      `addresses 11.0.0.0 to 255.255.255.255: ${ANYWHERE_ELSE}`,
    ]);
  });

  it("counts pods as part of all addresses, without asking the edges of all addresses for them", () => {
    expect(outside({ world: { cidrs: ["0.0.0.0/0"] }, tools: { namespace: "tools" } })).toEqual([
      "any pod in namespace tools: world, tools*",
      "any pod in namespace shop: world",
      "any pod in any other namespace: world",
      "any IPv4 address: world*",
      `any IPv6 address: ${ANYWHERE_ELSE}`,
    ]);
  });

  it("has the least pods that a policy lets in, under the name that they have", () => {
    const peers = [
      "{ podSelector: { matchLabels: { app: stranger } } }",
      "{ podSelector: { matchLabels: { app.kubernetes.io/component: web } } }",
      "{ namespaceSelector: { matchLabels: { team: a } } }",
      "{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: tools } }, podSelector: { matchLabels: { app: b } } }",
      "{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: tools, team: a } } }",
    ];
    expect(outside({ tools: { namespace: "tools" } }, from(...peers)).slice(0, -2)).toEqual([
      "any pod in namespace tools: tools*",
      `any pod in namespace shop: ${ANYWHERE_ELSE}`,
      `any pod in any other namespace: ${ANYWHERE_ELSE}`,
      `any pod with app=stranger in namespace shop: ${ANYWHERE_ELSE}`,
      `any pod in any namespace with team=a: ${ANYWHERE_ELSE}`,
      "any pod with app=b in namespace tools: tools*",
      "any pod in namespace tools with team=a: tools*",
    ]);
  });
});

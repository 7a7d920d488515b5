import { describe, expect, it } from "vitest";

import { formatPath } from "../../../../src/charts/json.ts";
import { type NetworkPolicy, networkPolicies } from "../../../../src/charts/network/network-policy.ts";
import { policyFor, renderOf } from "./release.ts";

function read(...spec: string[]): NetworkPolicy {
  const [policy] = networkPolicies(renderOf(policyFor("p", "{}", ...spec)).manifests, "shop");
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

describe("networkPolicies", () => {
  it.each([
    { spec: [], directions: ["ingress"] },
    { spec: ["ingress: []"], directions: ["ingress"] },
    { spec: ["egress: []"], directions: ["ingress"] },
    { spec: ["egress: [{}]"], directions: ["ingress", "egress"] },
    { spec: ["policyTypes: [Egress]"], directions: ["egress"] },
    { spec: ["policyTypes: [Egress]", "ingress: []"], directions: ["egress"] },
    { spec: ["policyTypes: [Ingress, Egress]"], directions: ["ingress", "egress"] },
  ])("restricts $directions with $spec", ({ spec, directions }) => {
    expect(Object.keys(read(...spec).rules)).toEqual(directions);
  });

  it("takes the namespace of the release where the policy names none", () => {
    expect(read().namespace).toBe("shop");
  });

  it("leaves other kinds and other API groups alone", () => {
    const text = policyFor("p", "{}").replace("networking.k8s.io/v1", "crd.projectcalico.org/v1");
    expect(networkPolicies(renderOf(text).manifests, "shop")).toEqual([]);
  });

  it("tells an empty list, which is everyone, from a list of which nothing could be read", () => {
    const { rules } = read("ingress:", "  - { from: [], ports: [] }", "  - { from: [{}], ports: [{ port: 0x }] }");
    expect(rules.ingress?.map(({ peers, ports }) => ({ peers, ports }))).toEqual([
      { peers: "everyone", ports: "every port" },
      { peers: [], ports: [{ protocol: "TCP", name: "0x", path: ["spec", "ingress", 1, "ports", 0] }] },
    ]);
  });

  it.each([
    { spec: ["ingress: [{ from: [{}] }]"], path: "spec.ingress[0].from[0]" },
    {
      spec: ["ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/40 } }] }]"],
      path: "spec.ingress[0].from[0].ipBlock.cidr",
    },
    {
      spec: ["ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [x] } }] }]"],
      path: "spec.ingress[0].from[0].ipBlock.except[0]",
    },
    {
      spec: ["ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }] }]"],
      path: "spec.ingress[0].from[0]",
    },
    { spec: ["ingress: [{ ports: [{ port: 80, endPort: 79 }] }]"], path: "spec.ingress[0].ports[0]" },
    { spec: ["ingress: [{ ports: [{ port: http, endPort: 80 }] }]"], path: "spec.ingress[0].ports[0]" },
    { spec: ["ingress: [{ ports: [{ protocol: HTTP }] }]"], path: "spec.ingress[0].ports[0]" },
    { spec: ["policyTypes: [Ingress]", "egress: [{}]"], path: "spec.egress" },
    {
      spec: ["ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: a, operator: Has }] } }] }]"],
      path: "spec.ingress[0].from[0].podSelector",
    },
  ])("tells that nothing comes of $path in $spec", ({ spec, path }) => {
    expect(read(...spec).mistakes.map((mistake) => formatPath(mistake.path))).toEqual([path]);
  });
});

import { describe, expect, it } from "vitest";

import { itemsAt, textAt, textsAt, valueAt } from "../../../src/charts/json.ts";
import { CONTROL, namespaceManifests, namespacesOf, proofManifests } from "../../../src/cluster/network-manifests.ts";
import { PROBE_IMAGE } from "../../../src/cluster/address-container.ts";
import { ELSEWHERE } from "../../../src/cluster/network-plan.ts";
import { planOf, POLICIES } from "./network-release.ts";

const PLAN = planOf(...POLICIES);
const LIST: unknown = JSON.parse(proofManifests(PLAN).all);
const PODS = itemsAt(LIST, "items").filter((item) => textAt(item, "kind") === "Pod");

describe("proofManifests", () => {
  it("has a pod for each stand-in with its labels and no others, and with the ports that policies know by name", () => {
    const names = PODS.map((pod) => ({
      name: textAt(pod, "metadata", "name"),
      namespace: textAt(pod, "metadata", "namespace"),
    }));
    const controls = Object.values(CONTROL.pods).map((name) => ({ name, namespace: CONTROL.namespace }));
    const standIns = PLAN.standIns.map(({ name, namespace }) => ({ name, namespace }));
    expect(new Set(names)).toEqual(new Set([...standIns, ...controls]));
    expect(names.length).toBe(PLAN.standIns.length + controls.length);
    const [web] = PLAN.standIns;
    const made = PODS.find((pod) => textAt(pod, "metadata", "name") === web?.name);
    expect(textsAt(made, "metadata", "labels")).toEqual(web?.endpoint.labels);
    expect(valueAt(made, "spec", "containers", 0, "ports")).toEqual([
      { containerPort: 8080, protocol: "TCP", name: "http" },
    ]);
    expect(valueAt(made, "spec", "containers", 0, "args")).toEqual(["serve", web?.name, "TCP/8080", "TCP/40404"]);
  });

  it("gives the pods alone too, to be waited for", () => {
    const alone: unknown = JSON.parse(proofManifests(PLAN).pods);
    expect(itemsAt(alone, "items")).toEqual(PODS);
    expect(itemsAt(LIST, "items").length).toBe(PODS.length + 1);
  });

  it("keeps services away from them, uses the image that lies on the node, and asks for no rights", () => {
    for (const pod of PODS) {
      expect(valueAt(pod, "spec", "readinessGates")).toEqual([{ conditionType: "slipway.invalid/never" }]);
      expect(valueAt(pod, "spec", "automountServiceAccountToken")).toBe(false);
      expect(valueAt(pod, "spec", "containers", 0)).toMatchObject({
        image: PROBE_IMAGE,
        imagePullPolicy: "Never",
        securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false },
      });
    }
  });

  it("closes one pod of the control with a policy that is about no other", () => {
    const policies = itemsAt(LIST, "items").filter((item) => textAt(item, "kind") === "NetworkPolicy");
    expect(policies.map((each) => valueAt(each, "spec"))).toEqual([
      { podSelector: { matchLabels: { "slipway.invalid/control": "closed" } }, policyTypes: ["Ingress"] },
    ]);
    const closed = PODS.filter((pod) => textAt(pod, "metadata", "labels", "slipway.invalid/control") === "closed");
    expect(closed.map((pod) => textAt(pod, "metadata", "name"))).toEqual([CONTROL.pods.closed]);
  });
});

describe("namespacesOf", () => {
  it("names each once", () => {
    expect(namespacesOf(PLAN)).toEqual([ELSEWHERE, "shop", "monitoring", "kube-system"]);
  });
});

describe("namespaceManifests", () => {
  it("is a list that kubectl takes", () => {
    expect(JSON.parse(namespaceManifests(["monitoring"]))).toEqual({
      apiVersion: "v1",
      kind: "List",
      items: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } }],
    });
  });
});

import { describe, expect, it } from "vitest";

import type { Observed, Outcome } from "../../../src/cluster/network-outcome.ts";
import { type NetworkPlan, planNetworkProof } from "../../../src/cluster/network-plan.ts";
import { proofManifests } from "../../../src/cluster/network-manifests.ts";
import { dialsOf, observedOf } from "../../../src/cluster/network-script.ts";
import { observedOfPlans, stageOf, stagesOf } from "../../../src/cluster/network-stage.ts";
import { itemsAt, textAt, textsAt, valueAt } from "../../../src/charts/json.ts";
import { renderOf } from "../charts/network/release.ts";
import { DB, GRAPH, planOf, POLICIES, WEB } from "./network-release.ts";

const PLAN = planOf(...POLICIES);

/** The same release in another namespace, with one more edge out of the cluster and to the name service. */
const OTHER = planNetworkProof(
  { ...renderOf(WEB, DB, ...POLICIES), namespace: "other" },
  {
    outside: { ...GRAPH.outside, bank: { cidrs: ["192.0.2.0/28"] } },
    edges: [
      ...GRAPH.edges,
      { from: ["web"], to: "dns", ports: [{ port: 9153, protocol: "TCP" }] },
      { from: ["web"], to: "bank", ports: [{ port: 443, protocol: "TCP" }] },
    ],
  },
  undefined,
  true,
);

const titles = ({ standIns }: Pick<NetworkPlan, "standIns">) =>
  standIns.map(({ namespace, endpoint }) => `${namespace} ${JSON.stringify(endpoint.labels)}`).sort();

describe("stageOf", () => {
  it("has what is alike once, and everything else of each plan", () => {
    const stage = stageOf([PLAN, OTHER]);
    expect(titles(stage)).toEqual([...new Set([...titles(PLAN), ...titles(OTHER)])].sort());
    expect(stage.standIns.length).toBeLessThan(PLAN.standIns.length + OTHER.standIns.length);
    expect(new Set(stage.standIns.map(({ name }) => name)).size).toBe(stage.standIns.length);
    expect(stage.trials).toEqual([...PLAN.trials, ...OTHER.trials]);
  });

  it("lets who stands in several plans answer on the ports of all of them", () => {
    const listens = ({ standIns }: Pick<NetworkPlan, "standIns">) =>
      standIns
        .find(({ namespace }) => namespace === "kube-system")
        ?.listens.map(({ port }) => port)
        .sort((a, b) => a - b);
    expect([listens(PLAN), listens(OTHER), listens(stageOf([PLAN, OTHER]))]).toEqual([
      [53, 40_404],
      [53, 9153, 40_404],
      [53, 9153, 40_404],
    ]);
  });

  it("answers once on an address that several plans have", () => {
    const list: unknown = JSON.parse(proofManifests(stageOf([OTHER, OTHER])).all);
    const [pod] = itemsAt(list, "items").filter((item) => valueAt(item, "spec", "hostNetwork") === true);
    const words = itemsAt(pod, "spec", "containers", 0, "args");
    expect(words).toContain("TCP/192.0.2.14:443");
    expect(new Set(words).size).toBe(words.length);
    expect(textAt(pod, "metadata", "name")).toBe("slipway-probe-addresses");
    expect(textsAt(pod, "metadata", "labels")).toEqual({});
  });

  it("keeps the name of a pod whatever else a plan has", () => {
    const nameIn = ({ standIns }: Pick<NetworkPlan, "standIns">, namespace: string) =>
      standIns.filter((each) => each.namespace === namespace).map(({ name }) => name);
    expect(nameIn(PLAN, "kube-system")).toEqual(nameIn(OTHER, "kube-system"));
    expect(nameIn(PLAN, "shop")).not.toEqual(nameIn(OTHER, "other"));
  });
});

describe("observedOfPlans", () => {
  it("gives each plan its own outcomes, and what is about all to all", () => {
    const stage = stageOf([PLAN, OTHER]);
    const dials = dialsOf(stage, new Map());
    const found = new Map(
      dials.map((_, number) => [number, { kind: "refused", detail: String(number) } satisfies Outcome] as const),
    );
    const all: Observed = observedOf(stage, found);
    const [first, second] = observedOfPlans([PLAN, OTHER], all);
    expect(first?.trials.size).toBe(PLAN.trials.length);
    expect(second?.trials.size).toBe(OTHER.trials.length);
    expect([first?.trials.get(0)?.detail, second?.trials.get(0)?.detail]).toEqual(["0", String(PLAN.trials.length)]);
    expect([first?.control, second?.control]).toEqual([all.control, all.control]);
    expect([first?.mute, second?.mute]).toEqual([all.mute, all.mute]);
  });
});

describe("stagesOf", () => {
  it("puts as many plans together as fit, and one that never fits alone", () => {
    const all = stageOf([PLAN, OTHER]).standIns.length;
    expect(stagesOf([PLAN, OTHER, PLAN], all)).toEqual([[PLAN, OTHER, PLAN]]);
    expect(stagesOf([PLAN, OTHER, PLAN], all - 1)).toEqual([[PLAN], [OTHER], [PLAN]]);
    expect(stagesOf([], all)).toEqual([]);
  });
});

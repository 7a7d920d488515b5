import { describe, expect, it } from "vitest";

import {
  isEnforced,
  judge,
  NetworkRefutedError,
  type Observed,
  type Outcome,
  parseOutcomes,
  renderProof,
} from "../../../src/cluster/network-outcome.ts";
import { planNetworkProof } from "../../../src/cluster/network-plan.ts";
import { DENY_ALL, policy, renderOf } from "../charts/network/release.ts";
import { DB, DB_POLICY, GRAPH, outcomesOf, planOf, POLICIES, WEB, WEB_POLICY } from "./network-release.ts";

const CONNECTED: Outcome = { kind: "connected", detail: "" };
const REFUSED: Outcome = { kind: "refused", detail: "connection refused" };
const SILENT: Outcome = { kind: "silent", detail: "i/o timeout" };
const FAILED: Outcome = { kind: "failed", detail: "no route" };
const CONTROL = { open: CONNECTED, closed: REFUSED };

/** What is wrong or not proved, with its cause. */
function found(
  others: Readonly<Record<string, Outcome>>,
  policies: readonly string[] = POLICIES,
  rest: Partial<Observed> = {},
): string[] {
  const plan = planOf(...policies);
  const { verdict, edges } = judge(plan, {
    trials: outcomesOf(plan, others),
    mute: new Map(),
    control: CONTROL,
    ...rest,
  });
  const lines = edges.filter((edge) => edge.verdict !== "proved" && edge.from !== "office");
  return [verdict, ...lines.map((edge) => `${edge.from} > ${edge.to} ${edge.port}: ${edge.verdict}: ${edge.cause}`)];
}

describe("parseOutcomes", () => {
  it("reads a line for each trial, and no others", () => {
    expect(
      parseOutcomes("0 connected \n1 refused dial tcp: connection refused\nerror: no pod\n2 odd x\n12 silent\n"),
    ).toEqual(
      new Map([
        [0, CONNECTED],
        [1, { kind: "refused", detail: "dial tcp: connection refused" }],
        [12, { kind: "silent", detail: "" }],
      ]),
    );
  });
});

describe("judge", () => {
  it("proves a graph of which every edge connects and no other connection does, refused or unanswered", () => {
    const plan = planNetworkProof(renderOf(WEB, DB, ...POLICIES), { ...GRAPH, edges: GRAPH.edges.slice(0, 2) });
    const proof = judge(plan, {
      trials: outcomesOf(plan, { "db > web 8080/TCP": SILENT }),
      mute: new Map(),
      control: CONTROL,
    });
    expect(renderProof(proof)).toMatchInlineSnapshot(`
      "FROM  TO   PORT    DECLARED  VERDICT  CAUSE
      web   db   5432    yes       proved
      web   dns  53/UDP  yes       proved
      absent connections: 28, tried: 28, refused: 28
      network graph: proved"
    `);
  });

  it("does not call a graph proved of which an edge cannot be tried", () => {
    expect(found({})).toEqual(["not proved"]);
  });

  it("names a declared connection that is refused, and the policies that do not allow it", () => {
    const strict = policy("db", "db", "policyTypes: [Ingress]", "ingress: []");
    expect(found({ "web > db 5432/TCP": REFUSED }, [DENY_ALL, WEB_POLICY, strict])).toEqual([
      "refuted",
      "web > db 5432: refuted: ingress is allowed by none of: deny-all, db",
    ]);
    expect(found({ "web > db 5432/TCP": SILENT }, [DENY_ALL, DB_POLICY])).toEqual([
      "refuted",
      "web > db 5432: refuted: egress is allowed by none of: deny-all",
    ]);
  });

  it("names a declared connection that is refused although the rendered policies allow it", () => {
    expect(found({ "web > dns 53/UDP": SILENT })).toEqual([
      "refuted",
      "web > dns 53/UDP: refuted: i/o timeout; the rendered policies allow it, so the cluster has others",
    ]);
  });

  it("names an absent connection that is open, and what allows it", () => {
    expect(found({ "db > web 8080/TCP": CONNECTED }, [])).toEqual([
      "refuted",
      "db > web 8080: refuted: egress is allowed by the lack of any policy; ingress is allowed by the lack of any policy",
    ]);
    const wide = policy("db", "db", "policyTypes: [Ingress]", "ingress: [{ ports: [{ port: 5432 }] }]");
    expect(found({ "monitoring > db 5432/TCP": CONNECTED }, [DENY_ALL, WEB_POLICY, wide])).toEqual([
      "refuted",
      "monitoring > db 5432: refuted: ingress is allowed by db spec.ingress[0]",
    ]);
  });

  it("names an absent connection that is open although the rendered policies deny it", () => {
    expect(found({ "monitoring > web 8080/TCP": CONNECTED })).toEqual([
      "refuted",
      "monitoring > web 8080: refuted: the rendered policies deny it, so the cluster lacks one of them or has one that allows it",
    ]);
  });

  it("proves nothing of a trial that ended unclearly, gave no result, or was to a pod that does not answer itself", () => {
    expect(found({ "web > db 5432/TCP": FAILED, "db > web 8080/TCP": FAILED })).toEqual([
      "not proved",
      "web > db 5432: not proved: unclear: failed no route",
      "db > web 8080: not proved: unclear: failed no route",
    ]);
    const plan = planOf(...POLICIES);
    const trials = outcomesOf(plan);
    trials.delete(plan.trials.findIndex(({ isDeclared }) => isDeclared));
    const withoutOne = judge(plan, { trials, mute: new Map(), control: CONTROL });
    expect(withoutOne.edges[0]).toMatchObject({
      verdict: "not proved",
      cause: "unclear: failed the pod that tries it gave no result",
    });
    const db = plan.standIns[1]?.name ?? "";
    const mute = new Map([[`${db} 5432`, REFUSED]]);
    expect(found({}, POLICIES, { mute })).toContain(
      "monitoring > db 5432: not proved: the stand-in of db does not answer itself: connection refused",
    );
  });

  it.each([
    {
      cluster: "enforces no policies",
      control: { open: CONNECTED, closed: CONNECTED },
      cause: "the cluster enforces no network policies",
    },
    {
      cluster: "has no working network",
      control: { open: SILENT, closed: SILENT },
      cause: "pods reach no pods at all in this cluster: i/o timeout",
    },
    {
      cluster: "shows nothing clear",
      control: { open: CONNECTED, closed: FAILED },
      cause: "a pod that a policy closes did not refuse: no route",
    },
  ])("proves nothing in a cluster that $cluster", ({ control, cause }) => {
    expect(isEnforced(control)).toBe(false);
    const plan = planOf(...POLICIES);
    const all = new Map(plan.trials.map((_, number) => [number, CONNECTED]));
    const proof = judge(plan, { trials: all, mute: new Map(), control });
    expect([proof.verdict, proof.cause]).toEqual(["not proved", cause]);
    expect(new Set(proof.edges.map(({ verdict }) => verdict))).toEqual(new Set(["not proved"]));
    expect(proof.edges.every(({ isDeclared }) => isDeclared)).toBe(true);
  });

  it("proves nothing with fewer than ten absent connections", () => {
    const plan = planNetworkProof(renderOf(WEB, DB, ...POLICIES), { ...GRAPH, edges: GRAPH.edges.slice(0, 2) }, 9);
    const proof = judge(plan, { trials: outcomesOf(plan), mute: new Map(), control: CONTROL });
    expect([proof.verdict, proof.cause]).toEqual([
      "not proved",
      "only 9 of 9 absent connections were refused, and 10 are needed",
    ]);
  });
});

describe("NetworkRefutedError", () => {
  it("lists what differs", () => {
    const plan = planOf(...POLICIES);
    const others = { "web > db 5432/TCP": REFUSED, "monitoring > web 8080/TCP": CONNECTED };
    const proof = judge(plan, { trials: outcomesOf(plan, others), mute: new Map(), control: CONTROL });
    expect(new NetworkRefutedError(proof).message).toMatchInlineSnapshot(`
      "[gate] 2 connections differ from the component graph in the cluster:
      - web to db on 5432 is declared and refused: connection refused; the rendered policies allow it, so the cluster has others
      - monitoring to web on 8080 is not declared and connects: the rendered policies deny it, so the cluster lacks one of them or has one that allows it
      Next: correct the chart's network policies, or the graph in the platform file where the connection is wanted"
    `);
  });
});

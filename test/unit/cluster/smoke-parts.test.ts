import { describe, expect, it } from "vitest";

import { joined, partOf } from "../../../src/cluster/smoke-parts.ts";
import { parsePass } from "../../../src/cluster/smoke-pass.ts";
import type { SmokeResult } from "../../../src/cluster/smoke-report.ts";

/** A result of some charts, each in a namespace of its name. */
function resultOf(charts: readonly string[], changes: Partial<SmokeResult> = {}): SmokeResult {
  return {
    ...{ environment: "dev", commit: "0123", clusterSeconds: { node: 2, dns: 3 }, seconds: 20 },
    resources: charts.map((chart) => ({ chart, resource: "Deployment api", ready: true, state: "", seconds: 4 })),
    checks: [
      ...charts.map((chart) => ({ chart, name: "answers", ok: true, seconds: 1, reason: "" })),
      { chart: "(all)", name: "pods are as rendered", ok: true, seconds: 0, reason: "" },
    ],
    networks: charts.map((chart) => ({
      ...{ chart, seconds: 5 },
      proof: { verdict: "proved", cause: "", edges: [], absent: { all: 1, tried: 1, refused: 1 } },
    })),
    proof: { containers: Object.fromEntries([...charts, "entry"].map((each) => [each, 2])), strange: [] },
    diagnoses: [],
    notes: [],
    ...changes,
  };
}

const OF_SHOP = { charts: new Set(["blog"]), namespaces: new Set(["blog"]) };
const OF_BLOG = { charts: new Set(["shop"]), namespaces: new Set(["shop"]) };

describe("partOf", () => {
  it("leaves out what is of others, and keeps what is of no chart", () => {
    expect(partOf(resultOf(["shop", "blog"]), OF_SHOP)).toEqual(resultOf(["shop"]));
  });
});

describe("joined", () => {
  it("is the whole again where all its parts are there", () => {
    const whole = resultOf(["shop", "blog"]);
    const again = joined([partOf(whole, OF_SHOP), partOf(whole, OF_BLOG)]);
    const byChart = (one: { chart: string }, other: { chart: string }) => one.chart.localeCompare(other.chart);
    expect({ ...again, checks: [...again.checks].sort(byChart) }).toEqual({
      ...whole,
      checks: [...whole.checks].sort(byChart),
    });
  });

  it("takes times, and what several have, from the first", () => {
    const fresh = resultOf(["shop"], { seconds: 7, commit: "4567", notes: ["a", "b"] });
    const [own, all] = fresh.checks;
    if (own === undefined || all === undefined) throw new Error("there are two checks");
    const failed = { ...fresh, checks: [own, { ...all, ok: false, reason: "a pod differs" }] };
    const whole = joined([failed, resultOf(["blog"], { notes: ["b", "c"] })]);
    expect(whole).toMatchObject({ seconds: 7, commit: "4567", notes: ["a", "b", "c"] });
    expect(whole.checks.filter(({ chart }) => chart === "(all)")).toEqual([
      { ...all, ok: false, reason: "a pod differs" },
    ]);
    expect(whole.proof.containers).toEqual({ shop: 2, blog: 2, entry: 2 });
  });

  it("needs something to join", () => {
    expect(() => joined([])).toThrow(RangeError);
  });
});

describe("parsePass", () => {
  it("reads what was recorded", () => {
    const pass = resultOf(["shop"]);
    expect(parsePass(JSON.stringify(pass))).toEqual(pass);
  });

  it.each(["", "{", JSON.stringify({ environment: "dev" }), JSON.stringify(resultOf(["shop"])).slice(0, -9)])(
    "takes %j for no record",
    (text) => {
      expect(parsePass(text)).toBeUndefined();
    },
  );
});

import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { CONTROL } from "../../../src/cluster/network-manifests.ts";
import { judge, type Outcome } from "../../../src/cluster/network-outcome.ts";
import {
  dialsOf,
  missingNamespaces,
  observedOf,
  parseAddresses,
  PREPARE_SCRIPT,
  REMOVE_SCRIPT,
  TRY_SCRIPT,
} from "../../../src/cluster/network-script.ts";
import { planOf, POLICIES } from "./network-release.ts";

const PLAN = planOf(...POLICIES);
/** An address for each pod, which ends in its place in the list. */
const ADDRESSES = new Map([
  ...PLAN.standIns.map(({ namespace, name }, index) => [`${namespace}/${name}`, `10.42.0.${index}`] as const),
  ...Object.values(CONTROL.pods).map((name, index) => [`${CONTROL.namespace}/${name}`, `10.42.1.${index}`] as const),
]);

describe("the scripts of a network proof", () => {
  it.each([
    ["preparation", PREPARE_SCRIPT],
    ["trials", TRY_SCRIPT],
    ["removal", REMOVE_SCRIPT],
  ])("are a shell's: %s", (_name, script) => {
    const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("missingNamespaces", () => {
  it("gives those that are not there, and those of them whose predecessor is being removed", () => {
    const list = "default Active\nkube-system Active\nmonitoring Terminating\n";
    expect(missingNamespaces(["kube-system", "monitoring", "shop"], list)).toEqual({
      missing: ["monitoring", "shop"],
      ending: ["monitoring"],
    });
  });
});

describe("parseAddresses", () => {
  it("leaves out pods that have none", () => {
    expect(parseAddresses("shop web 10.42.0.5\nshop job \n")).toEqual(new Map([["shop/web", "10.42.0.5"]]));
  });
});

describe("dialsOf", () => {
  const dials = dialsOf(PLAN, ADDRESSES);

  it("numbers the trials as the plan does, and has each stand-in and the control besides", () => {
    const numbers = dials.map(({ line }) => Number(line.split(" ")[0]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    const declared = PLAN.trials.findIndex(({ isDeclared }) => isDeclared);
    const [web, db] = PLAN.standIns;
    expect(dials[declared]).toMatchObject({
      source: { name: web?.name },
      line: `${declared} TCP 10.42.0.1:5432 ${db?.name ?? ""}`,
    });
    const listening = PLAN.standIns.reduce((sum, { listens }) => sum + listens.length, 0);
    expect(dials.length).toBe(PLAN.trials.length + listening + 2);
    expect(dials.slice(-2).map(({ source, line }) => [source, line.replace(/^\d+ /, "")])).toEqual([
      [{ namespace: CONTROL.namespace, name: CONTROL.pods.client }, "TCP 10.42.1.1:8080 slipway-control-open"],
      [{ namespace: CONTROL.namespace, name: CONTROL.pods.client }, "TCP 10.42.1.2:8080 slipway-control-closed"],
    ]);
  });

  it("leads to a proof when everything ends as it should, and to none of what a mute pod hides", () => {
    const ended = (number: number): Outcome => {
      const isRefused = PLAN.trials[number]?.isDeclared === false || number === dials.length - 1;
      return { kind: isRefused ? "refused" : "connected", detail: "" };
    };
    const found = new Map(dials.map((_, number) => [number, ended(number)]));
    const observed = observedOf(PLAN, found);
    expect([observed.mute.size, observed.control.open.kind, observed.control.closed.kind]).toEqual([
      0,
      "connected",
      "refused",
    ]);
    expect(judge(PLAN, observed).absent).toEqual({ all: PLAN.absent, tried: PLAN.absent, refused: PLAN.absent });

    const deaf = new Map(found).set(PLAN.trials.length, { kind: "silent", detail: "" });
    const [web] = PLAN.standIns;
    const port = web?.listens[0]?.port ?? 0;
    expect([...observedOf(PLAN, deaf).mute.keys()]).toEqual([`${web?.name ?? ""} ${port}`]);
    expect(judge(PLAN, observedOf(PLAN, deaf)).absent.refused).toBeLessThan(PLAN.absent);
  });

  it("takes everything that gave no result for a failure", () => {
    const { mute, control } = observedOf(PLAN, new Map());
    expect([control.open.kind, control.closed.kind]).toEqual(["failed", "failed"]);
    expect(mute.size).toBe(dials.length - PLAN.trials.length - 2);
  });
});

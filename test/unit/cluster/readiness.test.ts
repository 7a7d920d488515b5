import { describe, expect, it } from "vitest";

import {
  ClusterEndedError,
  ClusterNotReadyError,
  logTail,
  parseReadiness,
  STEPS,
} from "../../../src/cluster/readiness.ts";

const READY =
  "begin 100.50\nready kubeconfig 102.50\nready node 103.25\nready serviceaccount 103.5\nready dns 104.71\nready images 105\n";

describe("parseReadiness", () => {
  it("gives the seconds of each step from the start of the service", () => {
    expect(parseReadiness(READY)).toEqual({
      kind: "ready",
      seconds: { kubeconfig: 2, node: 2.75, serviceaccount: 3, dns: 4.21, images: 4.5 },
    });
  });

  it.each(STEPS)("says that %s is missing when it was given up, with the evidence", (step) => {
    const reached = READY.split(`ready ${step}`)[0] ?? "";
    const found = parseReadiness(`${reached}missing ${step}\n--- nodes\nready node of a table\n--- pods\nnone\n`);
    expect(found).toEqual({ kind: "missing", step, evidence: "--- nodes\nready node of a table\n--- pods\nnone" });
  });

  it("takes an output that was cut off for what is missing in it", () => {
    expect(parseReadiness("begin 1\nready kubeconfig 2\n")).toEqual({ kind: "missing", step: "node", evidence: "" });
    expect(parseReadiness("")).toEqual({ kind: "missing", step: "kubeconfig", evidence: "" });
  });
});

describe("logTail", () => {
  it("shows each grave line once, the last ones last, and leaves out what only informs", () => {
    const log = [
      'I1121 07:00:00.1 16 a.go:1] "Starting"',
      'E1121 07:00:01.1 16 b.go:2] "No stats"',
      'E1121 07:00:02.1 16 c.go:3] "No node"',
      'time="2026-11-21T07:00:02Z" level=warning msg="old form"',
      'E1121 07:00:11.1 16 b.go:2] "No stats"',
      "k3s has ended with exit code 1",
      "",
    ].join("\n");
    expect(logTail(log)).toEqual([
      'E1121 07:00:02.1 16 c.go:3] "No node"',
      'E1121 07:00:11.1 16 b.go:2] "No stats" (2 times)',
      "k3s has ended with exit code 1",
    ]);
    expect(logTail(log, 1)).toEqual(["k3s has ended with exit code 1"]);
  });

  it("shows the reason of a program in Go that ended by itself, and not the last of its hundred traces", () => {
    const traces = Array.from({ length: 100 }, (_, number) => `goroutine ${number} [select]:`);
    const log = ['E1121 07:00:01.1 16 b.go:2] "No stats"', "fatal error: concurrent map read and map write", ...traces];
    expect(logTail([...log, "k3s has ended with exit code 2", ""].join("\n"), 2)).toEqual([
      "fatal error: concurrent map read and map write",
      "goroutine 0 [select]:",
    ]);
  });

  it("shows what there is where nothing is grave", () => {
    expect(logTail("I1121 07:00:00.1 16 a.go:1] waiting\n")).toEqual(["I1121 07:00:00.1 16 a.go:1] waiting"]);
    expect(logTail("")).toEqual(["(empty)"]);
  });
});

describe("the errors of a cluster that did not come up", () => {
  it.each(STEPS)("say what it means that %s is missing", (step) => {
    const missing = { step, evidence: "--- nodes\nslipway NotReady" };
    expect(new ClusterNotReadyError(missing, 60, "k3s: no address").message).toMatchSnapshot();
  });

  it("say why the service ended", () => {
    expect(new ClusterEndedError("exit code: 1", "k3s: unknown flag: --x\n").message).toMatchSnapshot();
  });
});

import { describe, expect, it } from "vitest";

import {
  lifecycleDoubts,
  lifecycleFailures,
  type LifecycleResult,
  type LoadPhase,
  type LoadResult,
} from "../../../src/cluster/lifecycle-judgement.ts";
import { LifecycleFailedError, lifecycleTable } from "../../../src/cluster/lifecycle-report.ts";
import { Environment } from "../../../src/index.ts";

const EVENT = {
  phase: "upgrade",
  second: 4.21,
  at: "2026-01-02T03:04:05Z",
  request: "GET http://shop-page:8080/",
  reason: "connection refused",
};

function phase(name: string, found: Partial<LoadPhase> = {}): LoadPhase {
  const counts = { sent: 40, ok: 40, failed: 0, lost: 0, p50: 1.25, p95: 4, p99: 9.5, firstFailed: [] };
  return { phase: name, ...counts, ...found };
}

function load(found: Partial<LoadResult> = {}): LoadResult {
  const phases = ["calm", "upgrade", "rollback", "kill page"].map((name) => phase(name));
  return { chart: "shop", name: "pages", rate: 20, phases, promised: 0, lost: 0, firstLost: [], ...found };
}

function life(found: Partial<LifecycleResult> = {}): LifecycleResult {
  return {
    environment: Environment.Dev,
    commit: "c0ffee",
    previous: "commit deadbeef, the state before the last change of what is released",
    phases: ["install", "calm", "upgrade", "rollback", "kill page"].map((name) => ({ phase: name, seconds: 2.04 })),
    jobs: [{ job: "shop/migrate", secondsBeforePods: 2 }],
    loads: [load()],
    recoveries: [{ chart: "shop", component: "page", phase: "kill page", seconds: 1.5, reason: "" }],
    leftovers: [],
    kept: ["PersistentVolumeClaim shop/data-0"],
    notes: [],
    seconds: 60,
    ...found,
  };
}

describe("lifecycleFailures", () => {
  it("finds nothing in a good life", () => {
    expect(lifecycleFailures(life())).toEqual([]);
  });

  it.each(["upgrade", "rollback"])("names a request that failed during %s, when and what to try", (name) => {
    const phases = ["upgrade", "rollback"].map((each) =>
      phase(each, each === name ? { ok: 37, failed: 3, firstFailed: [{ ...EVENT, phase: name }] } : {}),
    );
    expect(lifecycleFailures(life({ loads: [load({ phases })] }))).toEqual([
      `shop: pages: 3 of 40 requests failed during ${name}; first at 4.2 s of ${name} (2026-01-02T03:04:05Z): GET http://shop-page:8080/: connection refused\n  try: serve until proxies know (preStop sleep), end what is open, turn ready only when serving, and surge (maxUnavailable: 0)`,
    ]);
  });

  it("lets requests fail while pods are killed", () => {
    const phases = [phase("upgrade"), phase("rollback"), phase("kill page", { failed: 5, firstFailed: [EVENT] })];
    expect(lifecycleFailures(life({ loads: [load({ phases })] }))).toEqual([]);
  });

  it("finds nothing proven by a phase in which nothing was sent", () => {
    expect(
      lifecycleFailures(life({ loads: [load({ phases: [phase("upgrade"), phase("rollback", { sent: 0 })] })] })),
    ).toEqual(["shop: pages: no request was sent during rollback, so that nothing was shown"]);
  });

  it("names work that was lost, in whichever phase it was accepted", () => {
    const lost = load({ promised: 12, lost: 1, firstLost: [{ ...EVENT, phase: "kill page", reason: "status 404" }] });
    expect(lifecycleFailures(life({ loads: [lost] }))).toEqual([
      "shop: pages: 1 of 12 accepted were lost; first at 4.2 s of kill page (2026-01-02T03:04:05Z): GET http://shop-page:8080/: status 404\n  try: do the work in the same transaction as its record, and acknowledge an event only when its work is done",
    ]);
  });

  it("names a component that does not recover, and what an uninstall left", () => {
    const recoveries = [{ chart: "shop", component: "page", phase: "kill page", seconds: 180, reason: "0 of 1" }];
    const leftovers = [{ object: "ConfigMap shop/orphan", reason: "of the release shop, still there" }];
    expect(lifecycleFailures(life({ recoveries, leftovers }))).toEqual([
      "shop: page did not recover in kill page: 0 of 1",
      "uninstall left ConfigMap shop/orphan: of the release shop, still there\n  try: let the release own it, or declare its kind under lifecycle.keep of the chart",
    ]);
  });

  it("names the phase that did not end, and blames no later one for what it did not send", () => {
    const stuck = { phase: "upgrade", reasons: ["shop: Deployment page: crash loop"] };
    const found = life({ stuck, loads: [load({ phases: [phase("calm"), phase("upgrade")] })] });
    expect(lifecycleFailures(found)).toEqual(["upgrade: shop: Deployment page: crash loop"]);
  });
});

describe("lifecycleDoubts", () => {
  it("finds none where four of five requests were sent", () => {
    const phases = [phase("upgrade", { sent: 32 }), phase("before", { sent: 1 })];
    expect(lifecycleDoubts(life({ loads: [load({ phases })] }))).toEqual([]);
  });

  it("says where fewer were, and that it still counts", () => {
    const phases = [phase("upgrade", { sent: 31, failed: 3 }), phase("rollback")];
    const found = life({ loads: [load({ phases })] });
    expect(lifecycleDoubts(found)).toEqual([
      "shop: pages: the machine was too busy in upgrade to send more than 31 of 40 requests",
    ]);
    expect(lifecycleFailures(found)).toHaveLength(1);
    expect(lifecycleTable(found)).toContain("note: shop: pages: the machine was too busy in upgrade");
  });
});

describe("LifecycleFailedError", () => {
  it("is a gate that names failures, tables and the next step", () => {
    const leftovers = [{ object: "ConfigMap shop/orphan", reason: "made meanwhile, still there" }];
    const loads = [load({ promised: 12 })];
    expect(new LifecycleFailedError(life({ leftovers, loads })).message).toMatchInlineSnapshot(`
      "[gate] lifecycle-test --env dev: 1 failure

      uninstall left ConfigMap shop/orphan: made meanwhile, still there
        try: let the release own it, or declare its kind under lifecycle.keep of the chart

      upgraded to commit c0ffee
      from commit deadbeef, the state before the last change of what is released

      PHASE      SECONDS  LOAD        SENT  FAILED  LOST  P50 MS  P95 MS  P99 MS
      install        2.0  -
      calm           2.0  shop pages    40       0     0     1.3     4.0     9.5
      upgrade        2.0  shop pages    40       0     0     1.3     4.0     9.5
      rollback       2.0  shop pages    40       0     0     1.3     4.0     9.5
      kill page      2.0  shop pages    40       0     0     1.3     4.0     9.5

      CHART  COMPONENT  AFTER  READY AGAIN  SECONDS
      shop   page       kill   yes              1.5

      upgrade: Job shop/migrate completed 2 s before the first new pods were made
      work: shop: pages: 12 accepted, 0 lost
      leftovers: ConfigMap shop/orphan
      kept: PersistentVolumeClaim shop/data-0
      dev: failed in 60.0 s

      Next: mend what is named first, since the rest may follow from it; the function lifecycle-report gives logs, events and states as a directory"
    `);
  });
});

describe("lifecycleTable", () => {
  it("says that a good life passed", () => {
    expect(lifecycleTable(life())).toMatch(
      /^leftovers: none\nkept: PersistentVolumeClaim shop\/data-0\ndev: passed in 60\.0 s$/m,
    );
  });
});

import { describe, expect, it } from "vitest";

import {
  databaseFailure,
  judgeScan,
  scanFailure,
  type ScanRules,
  vexFailures,
} from "../../../src/release/scan-judgement.ts";
import { scanPredicate, type ScanResult, type Vulnerability } from "../../../src/release/scan-result.ts";
import { checkScans, ScanFailedError } from "../../../src/release/scan-report.ts";
import type { VexStatement } from "../../../src/release/vex.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const NOW = new Date("2026-11-21T12:00:00Z");

const FOUND: Vulnerability = {
  ...{ id: "CVE-1", aliases: [], severity: "high", package: "curl", version: "1.0" },
  ...{ purl: "pkg:deb/debian/curl@1.0", fixedIn: ["1.1"] },
};

function scanOf(
  vulnerabilities: readonly Vulnerability[],
  built = "2026-11-20T00:00:00Z",
  digest = DIGEST,
): ScanResult {
  return { database: { digest, built, schema: "v6.1.9" }, vulnerabilities };
}

function vexOf(more: Partial<VexStatement> = {}): VexStatement {
  return {
    ...{ vulnerability: "CVE-1", products: [{ id: "pkg:deb/debian/curl", parts: [] }], status: "not_affected" },
    ...{ reason: "not used", expires: "2026-12-31", file: "vex.json", line: 7 },
    ...more,
  };
}

function rulesOf(vex: readonly VexStatement[] = []): ScanRules {
  return { policy: { severity: "high", maxAgeDays: 5 }, vex: { head: {}, statements: vex }, now: NOW };
}

describe("judgeScan", () => {
  it("names package, version and the version with the fix", () => {
    const found = { ...FOUND, aliases: ["GHSA-1"] };
    expect(judgeScan("web", scanOf([found]), rulesOf())).toEqual({
      failures: ["CVE-1 (GHSA-1) high: curl 1.0, fixed in 1.1"],
      ...{ excused: 0, below: 0 },
    });
  });

  it("says where there is no fix", () => {
    const { failures } = judgeScan("web", scanOf([{ ...FOUND, fixedIn: [] }]), rulesOf());
    expect(failures).toEqual(["CVE-1 high: curl 1.0, no fix yet"]);
  });

  it.each([
    { severity: "medium", failures: 0 },
    { severity: "high", failures: 1 },
    { severity: "critical", failures: 1 },
    { severity: "unknown", failures: 1 },
  ] as const)("counts $failures of severity $severity where high is the least", ({ severity, failures }) => {
    const judged = judgeScan("web", scanOf([{ ...FOUND, severity }]), rulesOf());
    expect([judged.failures.length, judged.below]).toEqual([failures, 1 - failures]);
  });

  it.each([
    { what: "in force", vex: vexOf(), excused: 1 },
    { what: "on its last day", vex: vexOf({ expires: "2026-11-21" }), excused: 1 },
    { what: "that it is fixed", vex: vexOf({ status: "fixed" }), excused: 1 },
    { what: "that it is affected", vex: vexOf({ status: "affected" }), excused: 0 },
    { what: "that it is looked into", vex: vexOf({ status: "under_investigation" }), excused: 0 },
    { what: "about something else", vex: vexOf({ vulnerability: "CVE-9" }), excused: 0 },
  ])("lets $excused pass with a statement $what", ({ vex, excused }) => {
    expect(judgeScan("web", scanOf([FOUND]), rulesOf([vex])).excused).toBe(excused);
  });

  it("says of a statement that has expired that it did excuse", () => {
    const { failures, excused } = judgeScan("web", scanOf([FOUND]), rulesOf([vexOf({ expires: "2026-11-20" })]));
    expect(failures).toEqual(["CVE-1 high: curl 1.0, fixed in 1.1; vex.json:7 excused it until 2026-11-20"]);
    expect(excused).toBe(0);
  });
});

describe("databaseFailure", () => {
  const policy = { severity: "high", maxAgeDays: 5 } as const;
  it.each([
    { what: "of today", built: "2026-11-21T01:00:00Z", says: undefined },
    { what: "on its last day", built: "2026-11-16T12:00:00Z", says: undefined },
    { what: "too old", built: "2026-11-15T11:00:00Z", says: /built on 2026-11-15, 6 days ago; allowed are 5/ },
    { what: "of the future", built: "2026-12-15T11:00:00Z", says: /built on 2026-12-15, which is to come/ },
  ])("judges one $what", ({ built, says }) => {
    const failure = databaseFailure(scanOf([], built).database, policy, NOW);
    if (says === undefined) expect(failure).toBeUndefined();
    else expect(failure).toMatch(says);
  });

  it("takes the one that is pinned, and no other", () => {
    const { database } = scanOf([]);
    expect(databaseFailure(database, { ...policy, database: DIGEST }, NOW)).toBeUndefined();
    expect(databaseFailure(database, { ...policy, database: OTHER }, NOW)).toBe(
      `the vulnerability database is ${DIGEST}; the policy pins ${OTHER}`,
    );
  });
});

describe("vexFailures", () => {
  const scans = new Map([["web", scanOf([FOUND])]]);
  it.each([
    { what: "is needed", vex: vexOf(), says: [] },
    { what: "has expired", vex: vexOf({ expires: "2026-11-20" }), says: [/^vex\.json:7 CVE-1: held until 2026-11-20/] },
    { what: "holds too long", vex: vexOf({ expires: "2027-11-22" }), says: [/a year ahead at most, until 2027-11-21/] },
    { what: "is about nothing", vex: vexOf({ vulnerability: "CVE-9" }), says: [/CVE-9: is about nothing that was/] },
  ])("judges a statement that $what", ({ vex, says }) => {
    const failures = vexFailures(rulesOf([vex]), scans);
    expect(failures.map((failure, index) => says[index]?.test(failure))).toEqual(says.map(() => true));
  });
});

describe("scanFailure", () => {
  const old = scanPredicate(scanOf([], "2026-11-19T00:00:00Z"));
  const clean = scanPredicate(scanOf([]));
  const red = scanPredicate(scanOf([FOUND]));
  it.each([
    { what: "nothing was found", predicates: [clean], says: undefined },
    {
      what: "a newer database finds nothing more",
      predicates: [scanPredicate(scanOf([FOUND], "2026-11-19T00:00:00Z")), clean],
      says: undefined,
    },
    { what: "a newer database finds something", predicates: [old, red], says: "CVE-1 high: curl 1.0, fixed in 1.1" },
    { what: "two of one database disagree", predicates: [clean, red], says: "CVE-1 high: curl 1.0, fixed in 1.1" },
    { what: "one is no scan", predicates: [clean, {}], says: "holds no result of a scan" },
  ])("judges an image where $what", ({ predicates, says }) => {
    expect(scanFailure("web", predicates, rulesOf())).toBe(says);
  });

  it("judges the age of the database when it is asked", () => {
    const later = { ...rulesOf(), now: new Date("2026-12-21T00:00:00Z") };
    expect(scanFailure("web", [clean], later)).toMatch(/built on 2026-11-20, 31 days ago; allowed are 5/);
  });
});

describe("checkScans", () => {
  it("says what was asked and what was let pass", () => {
    const low = { ...FOUND, id: "CVE-7", severity: "low" } as const;
    const scans = new Map([
      ["api", scanOf([low])],
      ["web", scanOf([FOUND, low])],
    ]);
    expect(checkScans(scans, rulesOf([vexOf()]))).toBe(
      `scan: nothing of severity high or above; 2 below, 1 excused by VEX; database ${DIGEST} of 2026-11-20`,
    );
  });

  it("names every image and package, the database and the exceptions that fail", () => {
    const scans = new Map([["web", scanOf([FOUND], "2026-11-01T00:00:00Z")]]);
    const check = () => checkScans(scans, rulesOf([vexOf({ vulnerability: "CVE-9" })]));
    expect(check).toThrow(ScanFailedError);
    expect(check).toThrowErrorMatchingSnapshot();
  });
});

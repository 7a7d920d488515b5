import { describe, expect, it } from "vitest";

import {
  parseScanReport,
  readScanPredicate,
  scanPredicate,
  ScanReportError,
} from "../../../src/release/scan-result.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const BUILT = "2026-11-20T00:00:00Z";

function match(id: string, name: string, severity = "High", related: readonly string[] = [], versions = ["2.0"]) {
  return {
    vulnerability: { id, severity, fix: { versions, state: "fixed" } },
    relatedVulnerabilities: related.map((each) => ({ id: each })),
    artifact: { name, version: "1.0", purl: `pkg:deb/debian/${name}@1.0` },
  };
}

function report(matches: readonly unknown[]): string {
  const descriptor = { name: "grype", db: { status: { built: BUILT, schemaVersion: "v6.1.9", valid: true } } };
  return JSON.stringify({ matches, descriptor });
}

describe("parseScanReport", () => {
  it("gives each vulnerability of a package once, in one order, whatever the order of the report", () => {
    const matches = [
      match("GHSA-2", "zlib", "Critical", ["CVE-2", "GHSA-2"]),
      match("CVE-1", "curl", "Moderate", [], []),
      match("CVE-1", "curl", "Moderate", [], []),
    ];
    const scan = parseScanReport(report(matches), DIGEST);
    expect(scan).toEqual(parseScanReport(report([...matches].reverse()), DIGEST));
    expect(scan.database).toEqual({ digest: DIGEST, built: BUILT, schema: "v6.1.9" });
    expect(scan.vulnerabilities).toEqual([
      {
        ...{ id: "CVE-1", aliases: [], severity: "unknown", package: "curl", version: "1.0" },
        ...{ purl: "pkg:deb/debian/curl@1.0", fixedIn: [] },
      },
      {
        ...{ id: "GHSA-2", aliases: ["CVE-2"], severity: "critical", package: "zlib", version: "1.0" },
        ...{ purl: "pkg:deb/debian/zlib@1.0", fixedIn: ["2.0"] },
      },
    ]);
  });

  it.each(["", "{}", '{"matches":[]}', report([{ vulnerability: {} }])])("refuses %j", (text) => {
    expect(() => parseScanReport(text, DIGEST)).toThrow(ScanReportError);
  });
});

describe("readScanPredicate", () => {
  it("reads what was written", () => {
    const scan = parseScanReport(report([match("CVE-1", "curl"), match("GHSA-2", "zlib", "Low", ["CVE-2"])]), DIGEST);
    expect(readScanPredicate(JSON.parse(JSON.stringify(scanPredicate(scan))))).toEqual(scan);
  });

  it.each([{}, { scanner: { result: [] } }, undefined])("takes %j for no result", (predicate) => {
    expect(readScanPredicate(predicate)).toBeUndefined();
  });

  it("takes a result for none whose database is not named by digest", () => {
    const text = JSON.stringify(scanPredicate(parseScanReport(report([]), DIGEST)));
    expect(readScanPredicate(JSON.parse(text))).toBeDefined();
    expect(readScanPredicate(JSON.parse(text.replace(DIGEST, "latest")))).toBeUndefined();
  });
});

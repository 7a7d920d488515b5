import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { demanding, parseReleasePolicy, ReleasePolicyError, requireKeys } from "../../../src/release/policy.ts";
import { checkRequired } from "../../../src/release/requirements.ts";
import { formatReleaseRecord, parseReleaseRecord, recordTags } from "../../../src/release/release-record.ts";

const FILE = "deploy/release-policy.yaml";
const OWN = readFileSync(path.join(import.meta.dirname, "../../..", FILE), "utf8");

describe("demanding", () => {
  it("adds evidence to what images and charts must have, once", () => {
    const policy = parseReleasePolicy(OWN, FILE);
    const { require } = demanding(policy, ["test", "signature"]);
    expect(require.image).toEqual([...policy.require.image, "test"]);
    expect(require.chart).toEqual([...policy.require.chart, "test"]);
    expect(require.record).toEqual(policy.require.record);
    expect(demanding(policy, [])).toEqual(policy);
  });
});

describe("parseReleasePolicy", () => {
  it("reads the policy of this repository, which trusts no key before somebody adds one", () => {
    const policy = parseReleasePolicy(OWN, FILE);
    expect(policy.require.image).toEqual(["signature", "provenance", "spdx", "cyclonedx"]);
    expect(() => {
      requireKeys(policy, FILE);
    }).toThrow(/at least one public key in PEM/);
  });

  it.each([
    { what: "a kind that does not exist", text: OWN.replace("[signature]", "[signatur]") },
    { what: "a key that is none", text: OWN.replace("keys: {}", "keys: { release: abc }") },
    { what: "no builder", text: OWN.replace(/builders: .*/, "builders: []") },
    { what: "a key of its own making", text: `${OWN}\nallowUnsigned: true\n` },
    { what: "no YAML", text: "keys: [" },
  ])("refuses $what, naming the line", ({ text }) => {
    expect(() => parseReleasePolicy(text, FILE)).toThrow(ReleasePolicyError);
    expect(() => parseReleasePolicy(text, FILE)).toThrow(/deploy\/release-policy\.yaml:\d+:\d+/);
  });
});

describe("checkRequired (Y-21)", () => {
  it.each([
    { require: ["smok"], says: /^\[config\] --require has "smok"\nNext: allowed: smoke, signature, scan$/ },
    { require: ["signature"], says: /^\[gate\] --require signature: there is no key to sign with/ },
    { require: ["scan"], says: /^\[gate\] --require scan: there is no vulnerability database/ },
  ])("refuses $require", ({ require, says }) => {
    expect(() => {
      checkRequired({ require });
    }).toThrow(says);
  });

  it("takes what can be had", () => {
    expect(() => {
      checkRequired({ require: ["smoke", "signature"], signing: {} });
    }).not.toThrow();
  });
});

describe("the record of a release", () => {
  const record = { version: 1 as const, revision: "c1", images: [], charts: [] };

  it("is read as it was written", () => {
    expect(parseReleaseRecord(formatReleaseRecord(record), "r")).toEqual(record);
  });

  it.each(["", "{}", '{"version":2}'])("is refused as %j", (text) => {
    expect(() => parseReleaseRecord(text, "r.example/release:edge")).toThrow(
      /^\[gate\] r\.example\/release:edge is no record of a release/,
    );
  });

  it("bears the tag of the commit only where it has no version", () => {
    const tags = ["sha-c1", "1.2.3", "edge"].map((name) => ({ name, moves: name === "edge" }));
    expect(recordTags(tags, "1.2.3").map(({ name }) => name)).toEqual(["1.2.3", "edge"]);
    expect(recordTags(tags, "0.0.0-sha-c1").map(({ name }) => name)).toEqual(["sha-c1", "1.2.3", "edge"]);
  });
});

import { createHash, createSign, generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { BUNDLE_TYPE, signatureKey } from "../../../src/release/attachment.ts";
import { openBundle } from "../../../src/release/envelope.ts";
import {
  type ExpectedArtifact,
  expectedArtifacts,
  judgeArtifact,
  judgeRecordTag,
  judgeTags,
  tagsToCheck,
} from "../../../src/release/judgement.ts";
import type { SignatureVerdict } from "../../../src/release/keyless.ts";
import { digestOfText } from "../../../src/release/oci.ts";
import type { ReleasePolicy } from "../../../src/release/policy.ts";
import type { ReadArtifact } from "../../../src/release/registry-answers.ts";
import type { ReleaseRecord } from "../../../src/release/release-record.ts";
import { scanPredicate } from "../../../src/release/scan-result.ts";
import { BUILDER, type EvidenceKind, statementText } from "../../../src/release/statements.ts";
import { NO_VEX } from "../../../src/release/vex.ts";

const MANIFEST = '{"layers":[]}';
const DIGEST = digestOfText(MANIFEST);
const OTHER = `sha256:${"0".repeat(64)}`;
const PAIR = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PUBLIC = PAIR.publicKey.export({ type: "spki", format: "pem" }).toString();
const STRANGER = generateKeyPairSync("ec", { namedCurve: "P-256" });

const POLICY: ReleasePolicy = {
  keys: { release: PUBLIC },
  builders: [BUILDER],
  require: { image: ["signature"], chart: ["provenance"], record: ["test"] },
};

function bundle(statement: string, { privateKey } = PAIR): string {
  const type = "application/vnd.in-toto+json";
  const signed = `DSSEv1 ${type.length} ${type} ${Buffer.byteLength(statement)} ${statement}`;
  const sig = createSign("sha256").update(signed).sign(privateKey).toString("base64");
  const payload = Buffer.from(statement).toString("base64");
  return JSON.stringify({
    mediaType: BUNDLE_TYPE,
    dsseEnvelope: { payload, payloadType: type, signatures: [{ sig }] },
  });
}

function signed(kind: EvidenceKind, predicate: unknown, subject = DIGEST): string {
  return bundle(statementText([{ name: "x", digest: subject }], kind, predicate));
}

function read(bundles: readonly string[], subject = DIGEST): ReadArtifact {
  const nothing = { texts: {}, files: {}, problems: [] };
  const referrers = bundles.map((text) => {
    const layer = digestOfText(text);
    const manifest = JSON.stringify({ layers: [{ digest: layer }], subject: { digest: subject } });
    return { ...nothing, reference: "r", digest: digestOfText(manifest), manifest, texts: { [layer]: text } };
  });
  return { ...nothing, reference: `r.example/x@${DIGEST}`, digest: DIGEST, manifest: MANIFEST, referrers };
}

const IMAGE: ExpectedArtifact = { kind: "image", name: "api", digest: DIGEST, revision: "c1" };
const CHART: ExpectedArtifact = { ...IMAGE, kind: "chart", images: { "api.image": OTHER } };
const RECORD: ExpectedArtifact = { ...IMAGE, kind: "record" };

function provenance(builder: string, commit: string) {
  return {
    buildDefinition: { resolvedDependencies: [{ name: "source", digest: { gitCommit: commit } }] },
    runDetails: { builder: { id: builder } },
  };
}

describe("judgeArtifact", () => {
  it("trusts what a key of the policy says about exactly this digest", () => {
    expect(judgeArtifact(IMAGE, read([signed("signature", {})]), POLICY)).toEqual({ failures: [], evidence: 1 });
  });

  it("needs one good piece of a kind, and is not led astray by others beside it", () => {
    const noise = [bundle("{}", STRANGER), "no JSON", signed("signature", {}, OTHER)];
    expect(judgeArtifact(IMAGE, read([...noise, signed("signature", {})]), POLICY).failures).toEqual([]);
  });

  it.each([
    { what: "nothing", bundles: [], says: /^no trusted evidence$/ },
    {
      what: "another key's",
      bundles: [bundle(statementText([], "signature", {}), STRANGER)],
      says: /by no key of the policy$/,
    },
    { what: "text", bundles: ["text"], says: /is no signed bundle$/ },
    { what: "signed nonsense", bundles: [bundle("{}")], says: /holds no in-toto statement$/ },
    { what: "another digest's", bundles: [signed("signature", {}, OTHER)], says: /is a statement about sha256:0{64}$/ },
    { what: "another kind", bundles: [signed("provenance", provenance(BUILDER, "c1"))], says: /^no trusted evidence$/ },
  ])("does not take $what for a signature", ({ bundles, says }) => {
    const { failures } = judgeArtifact(IMAGE, read(bundles), POLICY);
    expect(failures).toMatchObject([{ artifact: "image/api", check: "signature" }]);
    expect(failures[0]?.reason).toMatch(says);
  });

  it("trusts what an identity has signed that was verified elsewhere, about the same bytes", () => {
    const text = statementText([{ name: "x", digest: DIGEST }], "signature", {});
    const other = bundle(text, STRANGER);
    const known = (verdict: SignatureVerdict) => {
      const { failures } = judgeArtifact(
        IMAGE,
        read([other]),
        POLICY,
        undefined,
        new Map([[digestOfText(other), verdict]]),
      );
      return failures.map(({ reason }) => reason);
    };
    expect(known({ ok: true, payload: digestOfText(text) })).toEqual([]);
    expect(known({ ok: true, payload: OTHER })).toEqual([
      expect.stringMatching(/^no trusted evidence; \S+ is signed, and holds another statement$/),
    ]);
    expect(known({ ok: false, reason: "is signed by eve" })).toEqual([
      expect.stringMatching(/^no trusted evidence; \S+ is signed by eve$/),
    ]);
  });

  it("does not take what is attached to something else", () => {
    const { failures } = judgeArtifact(IMAGE, read([signed("signature", {})], OTHER), POLICY);
    expect(failures[0]?.reason).toMatch(/is attached to sha256:0{64} and listed here$/);
  });

  it.each([
    { builder: "urn:other", commit: "c1", says: `was built by urn:other; allowed: ${BUILDER}` },
    { builder: BUILDER, commit: "c2", says: "was built from c2, and the record says c1" },
  ])("names provenance by $builder from $commit", ({ builder, commit, says }) => {
    const artifact = { ...CHART, images: {} };
    const { failures } = judgeArtifact(artifact, read([signed("provenance", provenance(builder, commit))]), POLICY);
    expect(failures.map(({ reason }) => reason)).toEqual([says]);
  });

  it("holds what a scan found to the policy of now, and lets an image without a scan not pass", () => {
    const policy = { ...POLICY, require: { ...POLICY.require, image: ["scan" as const] } };
    const rules = {
      policy: { severity: "high", maxAgeDays: 5 } as const,
      vex: NO_VEX,
      now: new Date("2026-11-21T00:00:00Z"),
    };
    const database = { digest: OTHER, built: "2026-11-20T00:00:00Z", schema: "v6.1.9" };
    const bad = {
      id: "CVE-1",
      aliases: [],
      package: "curl",
      version: "1",
      purl: "pkg:deb/debian/curl@1",
      fixedIn: ["2"],
    };
    const judged = (severity: "low" | "high") => {
      const said = scanPredicate({ database, vulnerabilities: [{ ...bad, severity }] });
      return judgeArtifact(IMAGE, read([signed("scan", said)]), policy, rules).failures;
    };
    expect(judged("low")).toEqual([]);
    const reason = "CVE-1 high: curl 1, fixed in 2";
    expect(judged("high")).toEqual([{ artifact: "image/api", check: "scan", reason }]);
    expect(judgeArtifact(IMAGE, read([]), policy, rules).failures).toMatchObject([{ check: "scan" }]);
  });

  it("names a test that failed", () => {
    expect(judgeArtifact(RECORD, read([signed("test", { result: "FAILED" })]), POLICY).failures).toMatchObject([
      { check: "test", reason: "the test ended with FAILED" },
    ]);
    expect(judgeArtifact(RECORD, read([signed("test", { result: "PASSED" })]), POLICY).failures).toEqual([]);
  });

  it("names images that a chart pins otherwise", () => {
    const evidence = [signed("provenance", provenance(BUILDER, "c1"))];
    const pinning = (digest: string) => ({
      ...read(evidence),
      files: { "values.yaml": `api: { image: { digest: "${digest}" } }` },
    });
    expect(judgeArtifact(CHART, pinning(OTHER), POLICY).failures).toEqual([]);
    expect(judgeArtifact(CHART, pinning(DIGEST), POLICY).failures).toEqual([
      { artifact: "chart/api", check: "pins", reason: `api.image.digest is ${DIGEST}, and the record says ${OTHER}` },
    ]);
  });

  it.each([
    { what: "that is missing", change: { digest: "" }, says: /is not in the registry$/ },
    {
      what: "with a cut layer",
      change: { problems: ["sha256:1 is cut: 1 of 2 bytes"] },
      says: /is cut: 1 of 2 bytes$/,
    },
    { what: "under another digest", change: { digest: OTHER }, says: /and the record says/ },
    { what: "whose bytes are others", change: { manifest: "{}" }, says: /and the record says/ },
  ])("names an artifact $what", ({ change, says }) => {
    const { failures } = judgeArtifact(IMAGE, { ...read([signed("signature", {})]), ...change }, POLICY);
    expect(failures).toMatchObject([{ check: "content" }]);
    expect(failures[0]?.reason).toMatch(says);
  });
});

describe("tags", () => {
  const record: ReleaseRecord = {
    ...{ version: 1, revision: "c1" },
    images: [{ name: "api", system: "s", repository: "api", digest: DIGEST }],
    charts: [{ name: "shop", system: "s", repository: "charts/shop", version: "1.2.3", digest: OTHER, images: {} }],
  };

  it("are those of the commit, of the chart, and the one that was asked for", () => {
    expect(tagsToCheck(record, "r.example", "edge")).toEqual([
      { reference: "r.example/api:sha-c1", expected: DIGEST },
      { reference: "r.example/api:edge", expected: DIGEST },
      { reference: "r.example/charts/shop:1.2.3", expected: OTHER },
    ]);
    expect(expectedArtifacts(record, "r.example").map(({ reference }) => reference)).toEqual([
      `r.example/api@${DIGEST}`,
      `r.example/charts/shop@${OTHER}`,
    ]);
  });

  it.each([
    { found: DIGEST, reasons: [] },
    { found: OTHER, reasons: [`points to ${OTHER}, and the record says ${DIGEST}`] },
    { found: undefined, reasons: ["does not exist"] },
  ])("are judged by where they point: $found", ({ found, reasons }) => {
    expect(judgeTags([{ reference: "r", expected: DIGEST, found }]).map(({ reason }) => reason)).toEqual(reasons);
  });

  it.each([
    { tag: "sha-c1", reasons: [] },
    { tag: "edge", reasons: [] },
    { tag: "1.2.3", reasons: [] },
    { tag: "sha-c2", reasons: ["is the record of c1"] },
    { tag: "1.2.4", reasons: ["names the chart shop in version 1.2.3"] },
  ])("of a record say what it is of: $tag", ({ tag, reasons }) => {
    expect(judgeRecordTag(record, "r", tag).map(({ reason }) => reason)).toEqual(reasons);
  });

  it("of the record of a system alone are those of no release", () => {
    const part = { system: "shop", platform: { file: "platform.yaml", digest: DIGEST } };
    expect(judgeRecordTag({ ...record, part }, "r", "sha-c1").map(({ reason }) => reason)).toEqual([
      "is the record of shop alone",
    ]);
  });
});

describe("openBundle", () => {
  it("gives what is said, and nothing of it where one byte is another", () => {
    const text = signed("signature", {});
    expect(openBundle(text, [PUBLIC])).toMatchObject({
      ok: true,
      statement: { kind: "signature", subjects: [DIGEST] },
    });
    const payload = /"payload":"([^"]+)"/.exec(text)?.[1] ?? "";
    const altered = Buffer.from(Buffer.from(payload, "base64").toString().replace("x", "y")).toString("base64");
    expect(openBundle(text.replace(payload, altered), [PUBLIC]).ok).toBe(false);
  });
});

describe("signatureKey", () => {
  it("is the hash of the key's own bytes, as cosign hints at it", () => {
    const bytes = PAIR.publicKey.export({ type: "spki", format: "der" });
    expect(signatureKey(PUBLIC)).toBe(createHash("sha256").update(bytes).digest("base64"));
  });
});

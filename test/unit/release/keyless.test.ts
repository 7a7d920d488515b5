import { describe, expect, it } from "vitest";

import { identityProblem, judgeSigners, type KeylessPolicy } from "../../../src/release/keyless.ts";
import { parseReleasePolicy } from "../../../src/release/policy.ts";

const FILE = "policy.yaml";
const ISSUER = "https://token.example.org";
const SUBJECT = "https://example.org/acme/release.yml@refs/heads/main";
const REST = `
builders: ["urn:slipway:builder:v1"]
require: { image: [signature], chart: [signature], record: [signature] }
`;

function policyWith(keyless: string): string {
  return `keys: {}\nkeyless: ${keyless}${REST}`;
}

function keylessOf(text: string): KeylessPolicy | undefined {
  return parseReleasePolicy(policyWith(text), FILE).keyless;
}

const ROOT = "trustedRoot: deploy/root.json";
const IDENTITY = `identities: { release: { issuer: "${ISSUER}", subject: "${SUBJECT}" } }`;

const POLICY: KeylessPolicy = {
  fulcio: "https://fulcio.example.org",
  rekor: "none",
  timestamps: "https://time.example.org",
  trustedRoot: "deploy/root.json",
  identities: {
    main: { issuer: ISSUER, subject: SUBJECT },
    versions: { issuer: ISSUER, subjectPattern: String.raw`https://example\.org/acme/release\.yml@refs/tags/v[0-9.]+` },
    person: { issuer: "https://accounts.example.org", subject: "ada@example.org" },
  },
};

describe("the key keyless of a release policy", () => {
  it("stands for sigstore's public services where it names none", () => {
    expect(keylessOf(`{ ${ROOT}, ${IDENTITY} }`)).toEqual({
      fulcio: "https://fulcio.sigstore.dev",
      rekor: "https://rekor.sigstore.dev",
      trustedRoot: "deploy/root.json",
      identities: { release: { issuer: ISSUER, subject: SUBJECT } },
    });
  });

  it.each([
    { what: "no root", text: `{ ${IDENTITY} }`, says: /trustedRoot/ },
    { what: "no identity", text: `{ ${ROOT}, identities: {} }`, says: /at least one identity/ },
    {
      what: "an identity without a name",
      text: `{ ${ROOT}, identities: { release: { issuer: "${ISSUER}" } } }`,
      says: /either subject or subjectPattern/,
    },
    {
      what: "an identity with two names",
      text: `{ ${ROOT}, identities: { release: { issuer: "${ISSUER}", subject: a, subjectPattern: b } } }`,
      says: /either subject or subjectPattern/,
    },
    {
      what: "an issuer that is no address",
      text: `{ ${ROOT}, identities: { release: { issuer: github, subject: a } } }`,
      says: /found\s+.*github[^]*an address that begins with http/,
    },
    {
      what: "a pattern that is none",
      text: `{ ${ROOT}, identities: { release: { issuer: "${ISSUER}", subjectPattern: "(" } } }`,
      says: /a regular expression/,
    },
    {
      what: "neither a log nor a clock",
      text: `{ ${ROOT}, ${IDENTITY}, rekor: none }`,
      says: /a log or a time stamping service/,
    },
  ])("is refused with $what", ({ text, says }) => {
    expect(() => keylessOf(text)).toThrow(says);
    expect(() => keylessOf(text)).toThrow(/policy\.yaml:\d+:\d+/);
  });
});

describe("identityProblem", () => {
  it.each([
    { issuer: ISSUER, subject: SUBJECT },
    { issuer: ISSUER, subject: "https://example.org/acme/release.yml@refs/tags/v1.2.3" },
    { issuer: "https://accounts.example.org", subject: "ada@example.org" },
  ])("trusts $subject of $issuer", (identity) => {
    expect(identityProblem(identity, POLICY)).toBeUndefined();
  });

  it.each([
    {
      what: "another issuer",
      identity: { issuer: "https://token.example.com", subject: SUBJECT },
      says: /^is signed by \S+release\.yml@refs\/heads\/main, for whom https:\/\/token\.example\.com vouches; the policy trusts the issuers https:\/\/token\.example\.org, https:\/\/accounts\.example\.org$/,
    },
    {
      what: "another subject",
      identity: { issuer: "https://accounts.example.org", subject: "eve@example.org" },
      says: /^is signed by eve@example\.org, for whom https:\/\/accounts\.example\.org vouches; the policy trusts of that issuer ada@example\.org$/,
    },
    {
      what: "a subject that another issuer vouches for",
      identity: { issuer: ISSUER, subject: "ada@example.org" },
      says: /^is signed by ada@example\.org, for whom https:\/\/token\.example\.org vouches; the/,
    },
    {
      what: "a subject that a pattern describes in part",
      identity: { issuer: ISSUER, subject: "https://example.org/acme/release.yml@refs/tags/v1.2.3-evil" },
      says: /refs\/tags\/v\[0-9\.\]\+\/$/,
    },
  ])("refuses $what, and says whom it trusts", ({ identity, says }) => {
    expect(identityProblem(identity, POLICY)).toMatch(says);
  });
});

describe("judgeSigners", () => {
  it("takes a signer that is trusted, and says of every other why not", () => {
    const lines = [
      { bundle: "sha256:1", issuer: ISSUER, subject: SUBJECT, payload: "sha256:p" },
      { bundle: "sha256:2", issuer: ISSUER, subject: "eve", payload: "sha256:p" },
      { bundle: "sha256:3", reason: "has no log entry, and the trusted root names a log" },
      { bundle: "sha256:4", issuer: ISSUER, subject: SUBJECT },
    ];
    const printed = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const verdicts = judgeSigners(printed, POLICY);
    expect(verdicts.get("sha256:1")).toEqual({ ok: true, payload: "sha256:p" });
    const refused = [...verdicts.values()].slice(1).map((verdict) => (verdict.ok ? "" : verdict.reason));
    expect(refused).toEqual([
      identityProblem({ issuer: ISSUER, subject: "eve" }, POLICY),
      "has no log entry, and the trusted root names a log",
      "was not verified",
    ]);
  });
});

import { generateKeyPairSync, X509Certificate } from "node:crypto";

import { describe, expect, it } from "vitest";

import { throwAwayCertificate } from "../../../src/cluster/throw-away-certificate.ts";

const keys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const NOW = new Date("2026-03-01T12:00:00Z");

describe("throwAwayCertificate", () => {
  it("makes a certificate that its key signed, for every host, from yesterday to tomorrow", () => {
    const pair = keys();
    // Long enough for lengths of two bytes.
    const long = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example.com`;
    const { certificate, key } = throwAwayCertificate(["shop.example.com", long], pair, NOW, 200);
    const read = new X509Certificate(certificate);
    expect(read.verify(pair.publicKey)).toBe(true);
    expect(read.verify(keys().publicKey)).toBe(false);
    expect(read.subjectAltName).toBe(`DNS:shop.example.com, DNS:${long}`);
    expect(read.checkHost(long)).toBe(long);
    expect(read.checkHost("other.example.com")).toBeUndefined();
    expect(read.subject).toBe("CN=shop.example.com");
    expect(read.serialNumber).toBe("C8");
    expect([read.validFrom, read.validTo].map((text) => new Date(text).toISOString())).toEqual([
      "2026-02-28T12:00:00.000Z",
      "2026-03-02T12:00:00.000Z",
    ]);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });
});

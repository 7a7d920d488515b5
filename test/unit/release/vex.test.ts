import { describe, expect, it } from "vitest";

import type { Vulnerability } from "../../../src/release/scan-result.ts";
import { isAbout, parseVex, VexError, vexPredicate } from "../../../src/release/vex.ts";

const FILE = "deploy/vex.json";
const REASON = "Nothing here calls the function that has the flaw";

const FOUND: Vulnerability = {
  ...{ id: "GHSA-2", aliases: ["CVE-2"], severity: "high", package: "zlib1g", version: "1:1.3+dfsg-1" },
  ...{ purl: "pkg:deb/debian/zlib1g@1%3A1.3%2Bdfsg-1?arch=amd64&distro=debian-12", fixedIn: [] },
};

function statement(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    vulnerability: { name: "CVE-2" },
    products: [{ "@id": "pkg:deb/debian/zlib1g" }],
    status: "not_affected",
    justification: "vulnerable_code_not_in_execute_path",
    impact_statement: REASON,
    expires: "2027-01-31",
    ...more,
  };
}

function document(statements: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): string {
  const head = { "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex", author: "Acme" };
  return JSON.stringify({ ...head, timestamp: "2026-11-01T00:00:00Z", version: 1, statements, ...more }, null, 2);
}

describe("parseVex", () => {
  it("reads a document of OpenVEX, with the line of each statement", () => {
    expect(parseVex(document([statement()]), FILE).statements).toEqual([
      {
        ...{
          vulnerability: "CVE-2",
          status: "not_affected",
          justification: "vulnerable_code_not_in_execute_path",
          reason: REASON,
          expires: "2027-01-31",
          file: FILE,
          line: 8,
        },
        products: [{ id: "pkg:deb/debian/zlib1g", parts: [] }],
      },
    ]);
  });

  it.each([
    { what: "without a day", text: document([statement({ expires: undefined })]), says: /no key "expires"/ },
    { what: "with a day that is none", text: document([statement({ expires: "2027-02-30" })]), says: /day of the cal/ },
    {
      what: "without a reason",
      text: document([statement({ impact_statement: "because" })]),
      says: /20 characters that would convince/,
    },
    {
      what: "that says not_affected without a justification",
      text: document([statement({ justification: undefined })]),
      says: /a justification for "not_affected"/,
    },
    { what: "of an unknown status", text: document([statement({ status: "ignored" })]), says: /one of not_affected/ },
    { what: "about no package", text: document([statement({ products: [{ "@id": "zlib" }] })]), says: /package URL/ },
    { what: "of another kind", text: document([], { "@context": "https://example.com" }), says: /openvex\.dev/ },
    { what: "that is no document", text: "[", says: /deploy\/vex\.json:\d+:\d+/ },
  ])("refuses a statement $what, naming the line", ({ text, says }) => {
    expect(() => parseVex(text, FILE)).toThrow(VexError);
    expect(() => parseVex(text, FILE)).toThrow(says);
    expect(() => parseVex(text, FILE)).toThrow(/deploy\/vex\.json:\d+:\d+/);
  });
});

function imageOf(id: string, ...parts: readonly string[]): Record<string, unknown> {
  const subcomponents = parts.map((part) => ({ "@id": part }));
  return { products: [{ "@id": id, ...(parts.length === 0 ? {} : { subcomponents }) }] };
}

describe("isAbout", () => {
  const packageWith = (id: string) => ({ products: [{ "@id": id }] });
  it.each([
    { what: "a package in any version", more: packageWith("pkg:deb/debian/zlib1g"), about: true },
    { what: "a package in this version", more: packageWith("pkg:deb/debian/zlib1g@1:1.3%2Bdfsg-1"), about: true },
    { what: "a package in another version", more: packageWith("pkg:deb/debian/zlib1g@1.2"), about: false },
    { what: "a qualifier that it has", more: packageWith("pkg:deb/debian/zlib1g?arch=amd64"), about: true },
    { what: "a qualifier that it has not", more: packageWith("pkg:deb/debian/zlib1g?arch=arm64"), about: false },
    { what: "a package whose name begins alike", more: packageWith("pkg:deb/debian/zlib1"), about: false },
    { what: "all of the image", more: imageOf("pkg:oci/web"), about: true },
    { what: "a part of the image", more: imageOf("pkg:oci/web", "pkg:deb/debian/zlib1g"), about: true },
    { what: "another part of the image", more: imageOf("pkg:oci/web", "pkg:deb/debian/curl"), about: false },
    { what: "another image", more: imageOf("pkg:oci/api"), about: false },
    { what: "the id that was found", more: { vulnerability: { name: "GHSA-2" } }, about: true },
    { what: "another vulnerability", more: { vulnerability: { name: "CVE-3" } }, about: false },
  ])("says of a statement about $what: $about", ({ more, about }) => {
    const [vex] = parseVex(document([statement(more)]), FILE).statements;
    expect(vex !== undefined && isAbout(vex, "web", FOUND)).toBe(about);
  });
});

describe("vexPredicate", () => {
  it("says of an image what the document says of what was found in it, and nothing else", () => {
    const other = statement({ vulnerability: { name: "CVE-3" } });
    const mine = statement(imageOf("pkg:oci/web", "pkg:deb/debian/zlib1g"));
    const vex = parseVex(document([other, mine]), FILE);
    expect(vexPredicate(vex, "web", [FOUND])).toEqual(JSON.parse(document([mine])));
    expect(vexPredicate(vex, "api", [FOUND])).toBeUndefined();
  });
});

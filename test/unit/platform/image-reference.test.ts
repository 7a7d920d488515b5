import { describe, expect, it } from "vitest";

import { hasRegistry, parseImageReference } from "../../../src/platform/image-reference.ts";

const DIGEST = "sha256:3889b425f035be855a72fb4755265311293b6d414521f0a519d819df32222d83";

describe("parseImageReference", () => {
  it.each([
    {
      text: `docker.io/library/golang:1.26.6-alpine@${DIGEST}`,
      expected: { registry: "docker.io", repository: "library/golang", tag: "1.26.6-alpine", digest: DIGEST },
    },
    { text: "golang", expected: { registry: "docker.io", repository: "library/golang" } },
    { text: "golang:1.26", expected: { registry: "docker.io", repository: "library/golang", tag: "1.26" } },
    { text: "alpine/helm:3", expected: { registry: "docker.io", repository: "alpine/helm", tag: "3" } },
    { text: "gcr.io/a/b__c/d-e:x", expected: { registry: "gcr.io", repository: "a/b__c/d-e", tag: "x" } },
    { text: "localhost/api", expected: { registry: "localhost", repository: "api" } },
    { text: "localhost:5000/api", expected: { registry: "localhost:5000", repository: "api" } },
    { text: "127.0.0.1:5000/a/b:t", expected: { registry: "127.0.0.1:5000", repository: "a/b", tag: "t" } },
    { text: "[::1]:5000/api:t", expected: { registry: "[::1]:5000", repository: "api", tag: "t" } },
    { text: `r.example/api@${DIGEST}`, expected: { registry: "r.example", repository: "api", digest: DIGEST } },
  ])("reads $text", ({ text, expected }) => {
    expect(parseImageReference(text)).toEqual(expected);
  });

  it.each([
    ["", 'the repository "library/" is not made of lower-case letters and digits, joined by . _ - and /'],
    [
      "Golang:1.26",
      'the repository "library/Golang" is not made of lower-case letters and digits, joined by . _ - and /',
    ],
    ["r.example/a//b", 'the repository "a//b" is not made of lower-case letters and digits, joined by . _ - and /'],
    ["r.example/a..b", 'the repository "a..b" is not made of lower-case letters and digits, joined by . _ - and /'],
    ["https://r.example/a", 'the registry "https:" is no host name'],
    ["-x.example/a", 'the registry "-x.example" is no host name'],
    ["golang:", 'the tag "" is not made of up to 128 letters, digits and . _ -'],
    ["golang:-1", 'the tag "-1" is not made of up to 128 letters, digits and . _ -'],
    ["golang@sha256:12", 'the digest "sha256:12" is not sha256: and 64 hexadecimal digits'],
    [`golang@${DIGEST.toUpperCase()}`, `the digest "${DIGEST.toUpperCase()}" is not sha256: and 64 hexadecimal digits`],
    [`golang@${DIGEST}@${DIGEST}`, "it has more than one @"],
    [`r.example/${"a".repeat(250)}`, "its name has over 255 characters"],
  ])("refuses %j", (text, reason) => {
    const next = "Next: write it as registry/repository:tag@sha256:<64 hexadecimal digits>";
    expect(() => parseImageReference(text)).toThrow(`[config] "${text}" is no image reference: ${reason}\n${next}`);
  });
});

describe("hasRegistry", () => {
  it.each([
    { text: "docker.io/library/golang", expected: true },
    { text: "localhost/api", expected: true },
    { text: "host:5000/api", expected: true },
    { text: "library/golang", expected: false },
    { text: "golang:1.26", expected: false },
  ])("is $expected for $text", ({ text, expected }) => {
    expect(hasRegistry(text)).toBe(expected);
  });
});

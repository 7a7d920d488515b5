import { describe, expect, it } from "vitest";

import { checkRegistryPrefix, RegistryPrefixError } from "../../../src/images/registry-prefix.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const ALLOWED = "allowed: host, host:port, host/path or host:port/path, as in ghcr.io/acme";

function refusal(given: string): string {
  try {
    checkRegistryPrefix(given);
  } catch (error) {
    if (error instanceof RegistryPrefixError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("checkRegistryPrefix (C-08, Y-22)", () => {
  it.each([
    "ghcr.io",
    "ghcr.io/acme",
    "registry.example.com:5000/team/platform",
    "localhost",
    "localhost:5000",
    "localhost/acme",
    "registry:5000",
    "127.0.0.1:5000/acme",
    "[::1]:5000/acme",
    "[::1]/acme",
  ])("takes %s", (given) => {
    expect(refusal(given)).toBe("accepted");
  });

  it.each([
    { given: "", problem: "it is empty", next: "correct it" },
    { given: "ghcr.io/acme ", problem: "it has a space", next: "pass --registry ghcr.io/acme" },
    { given: "ghcr.io/my team", problem: "it has a space", next: "correct it" },
    { given: "https://ghcr.io/acme", problem: "it has the scheme https://", next: "pass --registry ghcr.io/acme" },
    {
      given: "http://localhost:5000",
      problem: "it has the scheme http://",
      next: "pass --registry localhost:5000; and --insecure for plain HTTP",
    },
    { given: "oci://ghcr.io/acme/", problem: "it has the scheme oci://", next: "correct it" },
    { given: "ghcr.io/acme/", problem: "it has a slash too many", next: "pass --registry ghcr.io/acme" },
    { given: "/ghcr.io//acme", problem: "it has a slash too many", next: "pass --registry ghcr.io/acme" },
    { given: "/", problem: "it has a slash too many", next: "correct it" },
    {
      given: "ghcr.io/acme:1.2.3",
      problem: 'it has the tag "1.2.3"',
      next: "pass --registry ghcr.io/acme; tags of every image are given with --tag",
    },
    {
      given: "ghcr.io:edge",
      problem: 'it has the tag "edge"',
      next: "pass --registry ghcr.io; tags of every image are given with --tag",
    },
    {
      given: "localhost:5000/acme:5000",
      problem: 'it has the tag "5000"',
      next: "pass --registry localhost:5000/acme; tags of every image are given with --tag",
    },
    {
      given: `ghcr.io/acme@${DIGEST}`,
      problem: "it has a digest, and each image has its own",
      next: "pass --registry ghcr.io/acme",
    },
    { given: "ghcr.io/Acme", problem: "it has upper case", next: "pass --registry ghcr.io/acme" },
    { given: "GHCR.io/acme", problem: "it has upper case", next: "pass --registry ghcr.io/acme" },
    {
      given: "acme",
      problem: "it names no registry, which has a dot or a port",
      next: "pass --registry docker.io/acme",
    },
    {
      given: "ghcr.io/acme_",
      problem: 'the repository "acme_/image" is not made of lower-case letters and digits, joined by . _ - and /',
      next: "correct it",
    },
    { given: "-a.io/acme", problem: 'the registry "-a.io" is no host name', next: "correct it" },
    { given: "ghcr.io:/acme", problem: 'the registry "ghcr.io:" is no host name', next: "correct it" },
    { given: `a.io/${"b".repeat(250)}`, problem: "its name has over 255 characters", next: "correct it" },
  ])('refuses "$given": $problem', ({ given, problem, next }) => {
    expect(refusal(given)).toBe(`[config] --registry is "${given}": ${problem}; ${ALLOWED}\nNext: ${next}`);
  });

  it.each([
    { given: "someone:hunter2@ghcr.io/acme", shown: "***@ghcr.io/acme" },
    { given: "someone:hunter2@x@ghcr.io/acme", shown: "***@ghcr.io/acme" },
    { given: "https://someone:hunter2@ghcr.io/acme", shown: "https://***@ghcr.io/acme" },
    { given: "https://someone:hunter2@ghcr.io/my acme", shown: "https://***@ghcr.io/my acme" },
  ])("refuses a user in front of the host and does not print the password: $shown", ({ given, shown }) => {
    expect(refusal(given)).toContain(`[config] --registry is "${shown}": it has `);
    expect(refusal(given)).not.toContain("hunter2");
  });

  it("says where a user and a password belong", () => {
    expect(refusal("someone:hunter2@ghcr.io/acme")).toMatch(
      /\nNext: pass --registry ghcr\.io\/acme; pass the user with --registry-username and --registry-password$/,
    );
  });
});

import { describe, expect, it } from "vitest";

import { nearestName } from "../../../src/platform/nearest-name.ts";

describe("nearestName", () => {
  const known = ["args", "bases", "context", "dockerfile", "maxCompressedMiB", "target"];

  it.each([
    { given: "dokerfile", expected: "dockerfile" },
    { given: "Dockerfile", expected: "dockerfile" },
    { given: "bsaes", expected: "bases" },
    { given: "arg", expected: "args" },
    { given: "maxCompressedMB", expected: "maxCompressedMiB" },
    { given: "tagret", expected: "target" },
  ])("takes $given for $expected", ({ given, expected }) => {
    expect(nearestName(given, known)).toBe(expected);
  });

  it.each(["", "x", "namespace", "environments"])("takes %j for nothing", (given) => {
    expect(nearestName(given, known)).toBeUndefined();
  });

  it("finds nothing among no names", () => {
    expect(nearestName("api", [])).toBeUndefined();
  });
});

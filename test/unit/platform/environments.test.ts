import { describe, expect, it } from "vitest";

import { environmentNamed, ENVIRONMENTS } from "../../../src/platform/environments.ts";

describe("environmentNamed", () => {
  it.each([
    ...ENVIRONMENTS.map((name) => ({ name, meant: name })),
    { name: "local" as const, meant: "dev" },
    { name: "production" as const, meant: "prod" },
  ])("X-04: takes $name for $meant", ({ name, meant }) => {
    expect(environmentNamed(name)).toBe(meant);
  });

  it("X-04: knows three, in the order of a promotion", () => {
    expect(ENVIRONMENTS).toEqual(["dev", "staging", "prod"]);
  });
});

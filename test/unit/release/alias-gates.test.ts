import { describe, expect, it } from "vitest";

import { type AliasGates, reasonsToHold } from "../../../src/release/alias-gates.ts";

const GREEN: AliasGates = { environment: "dev", smoke: "passed", gitops: [], isPart: false };

describe("reasonsToHold (X-06)", () => {
  it.each([GREEN, { ...GREEN, smoke: "nothing to test" as const }])("lets aliases move where %o", (gates) => {
    expect(reasonsToHold(gates)).toEqual([]);
  });

  it.each([
    {
      gates: { ...GREEN, environment: "staging", smoke: "no pass" as const },
      says: ["no pass of the smoke test in staging is recorded for these images and charts"],
      next: ["run smoke-test --env staging on this engine, then publish again"],
    },
    {
      gates: { ...GREEN, gitops: ["sets.yaml:3 sync-policy: x", "sets.yaml:4 y"] },
      says: ["gitops has 2 findings, the first: sets.yaml:3 sync-policy: x"],
      next: ["run gitops, correct what it names, commit it, and publish that commit"],
    },
    {
      gates: { ...GREEN, isPart: true },
      says: ["these systems are a part of the release, and an alias is of all"],
      next: ["publish the other systems, then run merge-releases"],
    },
  ])("holds them back, for $says, and says what to do", ({ gates, says, next }) => {
    const reasons = reasonsToHold(gates);
    expect(reasons.map(({ reason }) => reason)).toEqual(says);
    expect(reasons.map((each) => each.next)).toEqual(next);
  });

  it("names every gate that is red", () => {
    expect(reasonsToHold({ ...GREEN, smoke: "no pass", gitops: ["one"] })).toHaveLength(2);
    expect(reasonsToHold({ ...GREEN, smoke: "no pass", isPart: true })).toHaveLength(2);
  });
});

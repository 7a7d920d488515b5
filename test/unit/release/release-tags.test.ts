import { describe, expect, it } from "vitest";

import { imageTags } from "../../../src/images/tags.ts";
import { heldBack, releaseTags } from "../../../src/release/release-tags.ts";

const COMMIT = "c".repeat(40);
const SHA = `sha-${COMMIT}`;
const OWN = `0.0.0-sha-${COMMIT.slice(0, 12)}`;

function names(ref: string, scope: Parameters<typeof releaseTags>[2]) {
  const { version, image, chart, record } = releaseTags(COMMIT, imageTags(COMMIT, ref, []), scope);
  const nameOf = (tags: typeof image) => tags.map(({ name }) => name);
  return { version: version.version, image: nameOf(image), chart: nameOf(chart), record: nameOf(record) };
}

describe("releaseTags", () => {
  it.each([
    { scope: "whole", ref: "main", version: OWN, image: [SHA, "edge"], chart: [OWN], record: [SHA, "edge"] },
    { scope: "part", ref: "main", version: OWN, image: [SHA], chart: [OWN], record: [SHA] },
    { scope: "held back", ref: "main", version: OWN, image: [SHA], chart: [OWN], record: [SHA] },
    { scope: "whole", ref: "v1.2.3", version: "1.2.3", image: [SHA, "1.2.3"], chart: ["1.2.3"], record: ["1.2.3"] },
    { scope: "part", ref: "v1.2.3", version: "1.2.3", image: [SHA], chart: [], record: ["1.2.3"] },
    { scope: "held back", ref: "v1.2.3", version: "1.2.3", image: [SHA], chart: [], record: [] },
  ] as const)("gives a release of $ref that is $scope its tags", ({ scope, ref, ...expected }) => {
    expect(names(ref, scope)).toEqual(expected);
  });
});

describe("heldBack", () => {
  const tags = imageTags(COMMIT, "main", ["1.2.3"]);
  const reasons = [{ reason: "it is red", next: "make it green" }];

  it("holds every alias back where there is a reason, and never the commit's own tag", () => {
    expect(heldBack(tags, reasons)).toEqual({ aliases: ["edge", "1.2.3"], reasons });
  });

  it("holds nothing back where there is none, and says nothing where there is no alias", () => {
    expect(heldBack(tags, [])).toEqual({ aliases: [], reasons: [] });
    expect(heldBack(tags.slice(0, 1), reasons)).toEqual({ aliases: [], reasons: [] });
  });
});

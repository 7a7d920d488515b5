import { describe, expect, it } from "vitest";

import type { RegistryState } from "../../../src/release/registry-answers.ts";
import {
  type Artifact,
  type Evidence,
  isDone,
  planPublish,
  questionsOf,
  refusalsOf,
  tagPhases,
} from "../../../src/release/plan.ts";
import { publishReport } from "../../../src/release/plan-report.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const SHA = { name: "sha-1", moves: false };
const EDGE = { name: "edge", moves: true };

function artifact(kind: Artifact["kind"], name: string, digest: string): Artifact {
  return { kind, name, repository: `r.example/${name}`, digest, tags: [EDGE, SHA] };
}

const API = artifact("image", "api", A);
const RECORD = artifact("record", "release", B);
const SIGNATURE: Evidence = { artifact: API, kind: "signature", statement: "sha256:1", key: "k" };
const NOTHING: RegistryState = { digests: {}, referrers: {} };
const ALL: RegistryState = {
  digests: {
    ...{ [`r.example/api@${A}`]: A, "r.example/api:sha-1": A, "r.example/api:edge": A },
    ...{ [`r.example/release@${B}`]: B, "r.example/release:sha-1": B, "r.example/release:edge": B },
  },
  referrers: {
    [`r.example/api@${A}`]: [
      { digest: B, artifactType: "x", annotations: { "slipway.statement": "sha256:1", "slipway.key": "k" } },
    ],
  },
};

describe("planPublish", () => {
  it("pushes, attaches and tags everything where the registry has nothing, aliases after all else, the record last", () => {
    const plan = planPublish([API, RECORD], [SIGNATURE], NOTHING);
    expect(plan.push).toEqual([API, RECORD]);
    expect(plan.attach).toEqual([SIGNATURE]);
    expect(tagPhases(plan).map((phase) => phase.map(({ artifact: { name }, tag }) => `${name}:${tag.name}`))).toEqual([
      ["api:sha-1"],
      ["release:sha-1"],
      ["api:edge"],
      ["release:edge"],
    ]);
    expect(isDone(plan)).toBe(false);
  });

  it("does nothing where the registry has everything", () => {
    const plan = planPublish([API, RECORD], [SIGNATURE], ALL);
    expect(isDone(plan)).toBe(true);
    expect(tagPhases(plan)).toEqual([]);
  });

  it.each([
    { what: "another statement", evidence: { ...SIGNATURE, statement: "sha256:2" } },
    { what: "another key", evidence: { ...SIGNATURE, key: "other" } },
  ])("attaches $what beside what is there", ({ evidence }) => {
    expect(planPublish([API, RECORD], [evidence], ALL).attach).toEqual([evidence]);
  });

  it("goes on where an interrupted publish ended: what is there is not pushed again, what is missing is", () => {
    const half: RegistryState = { digests: { [`r.example/api@${A}`]: A, "r.example/api:sha-1": A }, referrers: {} };
    const plan = planPublish([API, RECORD], [SIGNATURE], half);
    expect([plan.push, plan.there, plan.attach]).toEqual([[RECORD], [API], [SIGNATURE]]);
    expect(tagPhases(plan).flat()).toHaveLength(3);
  });

  it("refuses to move what never moves, and moves an alias", () => {
    const taken: RegistryState = { digests: { "r.example/api:sha-1": B, "r.example/api:edge": B }, referrers: {} };
    const plan = planPublish([API], [], taken);
    expect(refusalsOf(plan)).toEqual([`r.example/api:sha-1 has ${B} already, and this build is ${A}`]);
    expect(tagPhases(plan).flat()).toMatchObject([{ tag: EDGE, existing: B }]);
  });

  it("asks for every digest and every tag", () => {
    expect(questionsOf([API])).toEqual({
      references: [`r.example/api@${A}`, "r.example/api:edge", "r.example/api:sha-1"],
      subjects: [`r.example/api@${A}`],
    });
  });
});

describe("publishReport", () => {
  const notes = ["skipped: scan"];

  it("says what would move, and what moved, in the same lines", () => {
    const plan = planPublish([API], [SIGNATURE], { digests: { "r.example/api:edge": B }, referrers: {} });
    const would = publishReport(plan, { dryRun: true, pushedBytes: 0, notes });
    expect(would).toMatchSnapshot();
    const did = publishReport(plan, { dryRun: false, pushedBytes: 12, notes });
    expect(did.replace("12 bytes pushed", "dry run: nothing was moved")).toBe(would.replaceAll("would be ", ""));
  });

  it("names every alias that is held back, why, and what to do", () => {
    const plan = planPublish([API], [], NOTHING);
    const heldBack = { aliases: ["edge", "1.2.3"], reasons: [{ reason: "it is red", next: "make it green" }] };
    const told = publishReport(plan, { dryRun: false, pushedBytes: 1, notes: [], heldBack });
    expect(told).toMatch(/^alias +edge +every image and the record +held back$/m);
    expect(told).toMatch(/^alias +1\.2\.3 +every image and the record +held back$/m);
    expect(told).toMatch(/^held back: edge, 1\.2\.3, for it is red; next: make it green$/m);
  });

  it("says that nothing would move", () => {
    const plan = planPublish([API, RECORD], [SIGNATURE], ALL);
    expect(publishReport(plan, { dryRun: true, pushedBytes: 0, notes: [] })).toMatch(/^dry run: nothing would move$/m);
    expect(publishReport(plan, { dryRun: false, pushedBytes: 0, notes: [] })).toMatch(/^0 bytes pushed$/m);
  });
});

import { describe, expect, it } from "vitest";

import { PipelineError } from "../../../src/report/errors.ts";
import { runStages, type Stage, type StageWork } from "../../../src/report/stage.ts";

class Refused extends PipelineError {
  override readonly name = "Refused";
  constructor() {
    super("gate", "the registry said no", "ask again");
  }
}

const green: StageWork = {
  cases: [{ group: "images", name: "api", outcome: "passed", seconds: 1, text: "" }],
  table: "IMAGE",
  notes: ["a stand-in"],
};

/** A clock that is one second later each time it is asked. */
function clock(): () => number {
  let now = 0;
  return () => now++;
}

/** Stages that note that they ran. */
function noting(ran: string[], works: Readonly<Record<string, () => Promise<StageWork>>>): Stage[] {
  return Object.entries(works).map(([name, run]) => ({
    name,
    run: () => {
      ran.push(name);
      return run();
    },
  }));
}

describe("runStages (Y-83)", () => {
  it("runs the stages in their order, one after the other", async () => {
    const ran: string[] = [];
    const works = { lint: () => Promise.resolve(green), build: () => Promise.resolve({ ...green, cases: [] }) };
    const results = await runStages(noting(ran, works), clock());
    expect(ran).toEqual(["lint", "build"]);
    expect(results.map(({ name, outcome, seconds }) => ({ name, outcome, seconds }))).toEqual([
      { name: "lint", outcome: "passed", seconds: 1 },
      { name: "build", outcome: "passed", seconds: 1 },
    ]);
    expect(results[0]).toMatchObject(green);
  });

  it("stops at the first stage with a failed case, and says of the others that they did not run", async () => {
    const ran: string[] = [];
    const failed = { group: "images", name: "api", outcome: "failed", seconds: 1, text: "no such file" } as const;
    const red = () => Promise.resolve({ ...green, cases: [...green.cases, failed] });
    const results = await runStages(noting(ran, { build: red, publish: () => Promise.resolve(green) }), clock());
    expect(ran).toEqual(["build"]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "not run"]);
    expect(results[0]?.cases).toHaveLength(2);
  });

  const ORDER = ["lint and test", "build", "validate", "smoke test", "publish"];

  it.each(ORDER)("runs nothing behind a red stage, here %s, and everything before it", async (broken) => {
    const ran: string[] = [];
    const failed = { group: "x", name: "x", outcome: "failed", seconds: 0, text: "planted" } as const;
    const workOf = (name: string) => Promise.resolve(name === broken ? { ...green, cases: [failed] } : green);
    const works = Object.fromEntries(ORDER.map((name) => [name, () => workOf(name)]));
    const results = await runStages(noting(ran, works), clock());
    const at = ORDER.indexOf(broken);
    expect(ran).toEqual(ORDER.slice(0, at + 1));
    expect(results.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
      ...ORDER.slice(0, at).map((name) => `${name}: passed`),
      `${broken}: failed`,
      ...ORDER.slice(at + 1).map((name) => `${name}: not run`),
    ]);
  });

  it("goes on after a skipped case", async () => {
    const skipped = { group: "publish", name: "publish", outcome: "skipped", seconds: 0, text: "no registry" } as const;
    const works = { publish: () => Promise.resolve({ ...green, cases: [skipped] }) };
    expect((await runStages(noting([], works), clock())).map(({ outcome }) => outcome)).toEqual(["passed"]);
  });

  it.each([
    { error: new Refused(), text: "the registry said no", fix: "ask again" },
    { error: new Error("connection reset [traceparent:abc]"), text: "connection reset", fix: undefined },
  ])("makes a failed case of an error: $text", async ({ error, text, fix }) => {
    const results = await runStages(noting([], { publish: () => Promise.reject(error) }), clock());
    expect(results[0]).toMatchObject({ outcome: "failed", cases: [{ name: "publish", outcome: "failed", text }] });
    expect(results[0]?.cases[0]?.fix).toBe(fix);
  });
});

import { describe, expect, it } from "vitest";

import {
  MergeError,
  mergeReports,
  parseRunReport,
  ReportError,
  runReport,
  type RunReport,
} from "../../../src/report/run-report.ts";
import { RunFailedError, reportText } from "../../../src/report/report-text.ts";
import { FACTS, FAILED, GREEN, PASSED, RED, stage } from "./samples.ts";

describe("runReport", () => {
  it("has passed where every stage has, and has failed where one has or did not run", () => {
    expect(GREEN).toMatchObject({ form: "slipway.run-report/v1", outcome: "passed", seconds: 12.346 });
    expect(RED.outcome).toBe("failed");
    expect(runReport(FACTS, [stage("build", [], { outcome: "not run" })]).outcome).toBe("failed");
  });

  it("reads what it wrote", () => {
    expect(parseRunReport(JSON.stringify(RED), "report.json")).toEqual(JSON.parse(JSON.stringify(RED)));
  });

  it.each([
    ["no JSON", "{", /report\.json: is no JSON: /],
    [
      "another version",
      JSON.stringify({ ...GREEN, form: "slipway.run-report/v0" }),
      /is no report of this version: .*form/s,
    ],
    ["an unknown key", JSON.stringify({ ...GREEN, colour: "red" }), /colour/],
    ["no stage", JSON.stringify({ ...GREEN, stages: [] }), /stages/],
  ])("refuses %s", (_, text, says) => {
    const read = () => parseRunReport(text, "report.json");
    expect(read).toThrow(ReportError);
    expect(read).toThrow(says);
  });
});

describe("mergeReports", () => {
  const one: RunReport = { ...GREEN, systems: ["yab"], seconds: 3 };
  const other: RunReport = { ...RED, systems: ["shop"], seconds: 7 };

  it("joins the cases of each stage, and is red where one of them is", () => {
    const merged = mergeReports([one, other]);
    expect(merged).toMatchObject({ outcome: "failed", systems: ["shop", "yab"], seconds: 7 });
    expect(merged.stages.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["build", "passed"],
      ["validate", "failed"],
      ["smoke test", "not run"],
    ]);
    expect(merged.stages[0]?.cases).toEqual([PASSED, PASSED]);
    expect(merged.stages[1]?.cases).toContainEqual(FAILED);
  });

  it("gives a single report as it is", () => {
    expect(mergeReports([RED])).toBe(RED);
  });

  it.each([
    ["none", [], /there is none/],
    [
      "two commits",
      [one, { ...other, commit: "f".repeat(40) }],
      /commit is 0123456789abcdef0123456789abcdef01234567 and f{40}/,
    ],
    ["two environments", [one, { ...other, environment: "prod" }], /environment is dev and prod/],
    ["a system twice", [one, { ...other, systems: ["yab"] }], /yab is in two of them/],
    ["a report of all systems", [one, { ...other, systems: [] }], /about all systems/],
  ])("refuses %s", (_, reports, says) => {
    const merge = () => mergeReports(reports);
    expect(merge).toThrow(MergeError);
    expect(merge).toThrow(says);
  });
});

describe("the report as text", () => {
  it("names every failure with its file, line, text and fix, and counts the cases of each stage", () => {
    expect(reportText(RED)).toMatchInlineSnapshot(`
      "plain-secret  shop dev: charts/shop/values.yaml:12
        password: holds <"a" & 'b'>
        written out
        fix: name a Secret

      STAGE       OUTCOME  SECONDS  PASSED  FAILED  SKIPPED
      build       passed       2.0       1       0        0
      validate    failed       2.0       0       1        1
      smoke test  not run      0.0       0       0        0
      (all)       failed      12.3       1       1        1"
    `);
  });

  it("is what a failed run says", () => {
    expect(new RunFailedError(RED).message).toMatch(/^\[gate\] validate failed\n\nplain-secret {2}shop dev/);
    expect(new RunFailedError(RED).message).toMatch(/\nNext: mend what is named above, then run again$/);
  });
});

/** The forms of a report against the schemas that others would check them with. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { jsonSchemaText } from "../../../src/ci/report-schema.ts";
import { runReportSchema } from "../../../src/report/run-report.ts";
import { sarif } from "../../../src/report/sarif.ts";
import { hostGoVariables } from "../../support/host-tools.ts";
import { schemaProblems } from "../../support/json-schema.ts";
import { GREEN, RED } from "./samples.ts";

describe("report.schema.json", () => {
  const schema = jsonSchemaText(runReportSchema);
  const asRead = (report: unknown): unknown => JSON.parse(JSON.stringify(report));

  it.each([
    ["green", GREEN],
    ["red", RED],
  ])("describes a report that is %s", (_, report) => {
    expect(schemaProblems(schema, asRead(report))).toEqual([]);
  });

  it.each([
    ["of another form", { ...GREEN, form: "slipway.run-report/v0" }, /^\.form /],
    ["with an unknown outcome", { ...GREEN, outcome: "perhaps" }, /^\.outcome /],
    ["with an unknown key", { ...GREEN, colour: "red" }, /additional properties/],
    ["with a stage that says nothing", { ...GREEN, stages: [{ name: "build" }] }, /^\.stages\[0\] .*required property/],
  ])("does not describe one %s", (_, report, says) => {
    expect(schemaProblems(schema, asRead(report)).join("\n")).toMatch(says);
  });
});

const hasGo = spawnSync("go", ["version"]).status === 0;

/** Carries the schema of the OASIS as a constant. */
const SARIF_MODULE = "github.com/owenrumney/go-sarif/v3@v3.3.0";

describe.skipIf(!hasGo && process.env.CI !== "true")("SARIF", () => {
  let schema: string;

  beforeAll(() => {
    const words = ["mod", "download", "-json", SARIF_MODULE];
    const run = spawnSync("go", words, { cwd: tmpdir(), env: hostGoVariables(), encoding: "utf8" });
    const { Dir: folder } = z.object({ Dir: z.string() }).parse(JSON.parse(run.stdout));
    const source = readFileSync(path.join(folder, "pkg/report/v210/sarif/schema.go"), "utf8");
    schema = /`([^`]+)`/.exec(source)?.[1] ?? "";
  }, 60_000);

  it.each([
    ["green", GREEN],
    ["red", RED],
  ])("of a report that is %s is what the schema of the OASIS describes, which it names", (_, report) => {
    const log: unknown = JSON.parse(sarif(report, "1.0.0"));
    expect(schemaProblems(schema, log)).toEqual([]);
    expect(log).toMatchObject({ $schema: z.object({ id: z.string() }).parse(JSON.parse(schema)).id });
  });

  it("with a line 0 and a level of its own is not", () => {
    const text = sarif(RED, "1.0.0");
    const wrong: unknown = JSON.parse(
      text.replaceAll(/"startLine": \d+/g, '"startLine": 0').replace('"error"', '"bad"'),
    );
    const problems = schemaProblems(schema, wrong).join("\n");
    expect(problems).toMatch(/startLine should be >= 1/);
    expect(problems).toMatch(/level should be equal to one of the allowed values/);
  });
});

/** The stages of a release in their order (Y-83), and their reports as one directory. */
import { dag, type Directory } from "@dagger.io/dagger";

import { chartTable } from "../charts/chart-report.ts";
import { lintResults, LINT_GROUPS } from "../charts/functions.ts";
import { validate, validationTable } from "../charts/validate.ts";
import { smokeOutcome } from "../cluster/smoke.ts";
import type { GitopsPrograms } from "../gitops/expand.ts";
import { gitopsOutcome } from "../gitops/functions.ts";
import { checkedCommit, type PlatformSource, readFiles, reportImages } from "../images/functions.ts";
import { SLIPWAY_VERSION } from "../images/versions.ts";
import type { Environment } from "../platform/environments.ts";
import { html } from "../report/html.ts";
import { junit } from "../report/junit.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import { RunFailedError, reportText } from "../report/report-text.ts";
import {
  mergeReports,
  parseRunReport,
  ReportError,
  type RunReport,
  runReport,
  runReportSchema,
} from "../report/run-report.ts";
import { sarif } from "../report/sarif.ts";
import { runStages, type Stage, type StageWork } from "../report/stage.ts";
import { stepSummary } from "../report/step-summary.ts";
import { chartCases, gitopsCases, imageCases, smokeCases } from "./cases.ts";
import { jsonSchemaText } from "./report-schema.ts";
import { runTestSuites } from "./test-suites.ts";

/** The platform, and the sources of the programs that checks and the cluster need. */
export type CiSource = PlatformSource &
  GitopsPrograms & { readonly programs: Directory; readonly clusterPrograms: Directory };

/** What the caller asked for. */
export type CiRequest = {
  readonly environment: Environment;
  /** Publishes what the stages before have proved, and returns the table; nothing: the stage is skipped. */
  readonly publish?: (() => Promise<string>) | undefined;
};

/**
 * Runs the stages, stops at the first that fails, and gives the report of all: report.json with its JSON Schema,
 * report.txt, junit.xml, results.sarif, report.html and summary.md. A failed stage is part of it and no error.
 */
export async function runCi(given: CiSource, request: CiRequest): Promise<Directory> {
  const began = monotonicSeconds();
  // Bad input fails here, before anything runs.
  const commit = await checkedCommit(given);
  const stages = await runStages(stagesOf(given, request), monotonicSeconds);
  const facts = {
    ...{ platform: given.platformPath, systems: [...(given.only ?? [])], environment: request.environment },
    ...{ commit, seconds: monotonicSeconds() - began },
  };
  return reportDirectory(runReport(facts, stages));
}

/** Reads the reports below a directory as one, gives its text, and throws RunFailedError where a stage has failed. */
export async function verdictOf(reports: Directory): Promise<string> {
  const report = await mergedReport(reports);
  if (report.outcome === "failed") throw new RunFailedError(report);
  return reportText(report);
}

/** Makes one report of all reports below a directory, in every form. */
export async function mergedDirectory(reports: Directory): Promise<Directory> {
  return reportDirectory(await mergedReport(reports));
}

async function mergedReport(reports: Directory): Promise<RunReport> {
  const files = await reports.glob("**/report.json");
  if (files.length === 0) throw new ReportError("the directory", "has no report.json");
  const texts = await Promise.all(files.map((file) => reports.file(file).contents()));
  return mergeReports(texts.map((text, index) => parseRunReport(text, files[index] ?? "")));
}

function reportDirectory(report: RunReport): Directory {
  return dag
    .directory()
    .withNewFile("report.json", `${JSON.stringify(report, null, 2)}\n`)
    .withNewFile("report.schema.json", jsonSchemaText(runReportSchema))
    .withNewFile("report.txt", `${reportText(report)}\n`)
    .withNewFile("junit.xml", junit(report))
    .withNewFile("results.sarif", sarif(report, SLIPWAY_VERSION))
    .withNewFile("report.html", html(report))
    .withNewFile("summary.md", stepSummary(report));
}

function stagesOf(given: CiSource, { environment, publish }: CiRequest): Stage[] {
  return [
    { name: "lint and test", run: () => lintAndTest(given) },
    {
      name: "build",
      run: async () => {
        const { outcomes, failures, table } = await reportImages(given);
        return { cases: imageCases(outcomes, failures), table, notes: [] };
      },
    },
    {
      name: "validate",
      run: async () => {
        const [charts, gitops] = await Promise.all([validateCharts(given), validateGitops(given)]);
        return {
          cases: [...charts.cases, ...gitops.cases],
          table: [charts.table, gitops.table].join("\n\n").trimEnd(),
          notes: [...charts.notes, ...gitops.notes],
        };
      },
    },
    {
      name: "smoke test",
      run: async () => {
        const source = { ...given, programs: given.clusterPrograms };
        const { table, result } = await smokeOutcome(source, { environment, chart: "", force: false });
        return { cases: smokeCases(result), table, notes: result.notes };
      },
    },
    { name: "publish", run: () => published(publish) },
  ];
}

async function lintAndTest(given: CiSource) {
  const [{ results, findings }, tests] = await Promise.all([
    lintResults(given),
    readFiles(given).then((files) => runTestSuites(given, files)),
  ]);
  return {
    cases: [...tests, ...chartCases(results, findings)],
    table: chartTable(results, findings, LINT_GROUPS),
    notes: [],
  };
}

async function validateCharts(given: CiSource): Promise<StageWork> {
  const validation = await validate(given);
  const { results, findings, excused, skipped } = validation;
  const notes = excused.length === 0 ? [] : [`${excused.length} findings are excused by exceptions`];
  return {
    ...{ cases: chartCases(results, findings), table: validationTable(validation) },
    notes: [...notes, ...skipped.map((reason) => `skipped: ${reason}`)],
  };
}

/** The files of Argo CD are about all systems, so a run about some of them leaves them out. */
async function validateGitops(given: CiSource): Promise<StageWork> {
  const { platform } = await readFiles(given);
  if (platform.gitops === undefined) return { cases: [], table: "", notes: [] };
  if ((given.only ?? []).length > 0) {
    const text = "a run about some systems does not check GitOps, which is about all";
    const skipped = { group: "gitops", name: "Applications", outcome: "skipped" as const, seconds: 0, text };
    return { cases: [skipped], table: "", notes: [`skipped: ${text}`] };
  }
  const { applications, findings, table, note } = await gitopsOutcome(given);
  return { cases: gitopsCases(applications, findings), table, notes: note === "" ? [] : [note] };
}

async function published(publish: CiRequest["publish"]) {
  const base = { group: "publish", name: "publish", seconds: 0 };
  if (publish === undefined) {
    const text = "no registry was named";
    return { cases: [{ ...base, outcome: "skipped" as const, text }], table: "", notes: [`not published: ${text}`] };
  }
  return { cases: [{ ...base, outcome: "passed" as const, text: "" }], table: await publish(), notes: [] };
}

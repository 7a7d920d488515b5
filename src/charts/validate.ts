/** The gate over all charts and environments: runs the tools, holds what they made to every rule, applies the exceptions. */
import { dag, type Directory, type File } from "@dagger.io/dagger";

import { type PlatformSource, readSourceFile } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { ENVIRONMENTS } from "../platform/environments.ts";
import { lookupImage } from "../platform/image-lock.ts";
import { chartTable, ChartsFailedError, type ChartResult, type RuleGroup } from "./chart-report.ts";
import { checkContainer, type CheckTools, runChecks } from "./checks.ts";
import { type ConfigRegistry, parseConfigRegistry } from "./config-registry.ts";
import { applyExceptions, type Exception, parseExceptions } from "./exceptions.ts";
import type { ChartRender, Finding } from "./finding.ts";
import {
  helmCharts,
  type HelmedChart,
  lintedFindings,
  readChartSource,
  renderedFindings,
  resultsOf,
  RULE_GROUPS,
} from "./functions.ts";
import type { ChartSource } from "./prepare.ts";
import { type ChartInput, isRendered } from "./render.ts";
import { type ImmutableRecord, parseImmutableFields, recordImmutableFields } from "./immutable-fields.ts";
import { compareImmutableFields } from "./rules/immutable-field.ts";
import { checkSecretFiles } from "./rules/plain-secret-files.ts";
import { sourceTexts } from "./source-texts.ts";
import {
  crdSchemas,
  helmContainer,
  kubeconform,
  kubernetesSchemas,
  kubeScore,
  locateDefinitions,
  podSecurity,
} from "./tools.ts";
import { type CheckedChart, chartFindings, rendersOf } from "./validation.ts";

/** Columns of the table of findings. */
const GROUPS: readonly RuleGroup[] = [
  RULE_GROUPS.lint,
  RULE_GROUPS.render,
  { heading: "SCHEMAS", rules: ["kubeconform"] },
  { heading: "SECURITY", rules: ["pod-security"] },
  { heading: "SCORE", rules: ["kube-score", "kube-linter"] },
  { heading: "RULES", rules: [] },
];

/** What a validation found. */
export type Validation = {
  readonly results: readonly ChartResult[];
  /** What no exception excuses. */
  readonly findings: readonly Finding[];
  /** What exceptions excuse. */
  readonly excused: readonly Finding[];
  /** Tools that did not run, each with the reason. */
  readonly skipped: readonly string[];
};

/** What the module brings itself: the sources of its own programs. */
export type OwnPrograms = { readonly programs: Directory };

/** Validates every chart in every environment and returns a table; throws ChartsFailedError naming every finding. */
export async function validateCharts(given: PlatformSource & OwnPrograms): Promise<string> {
  const validation = await validate(given);
  const { findings, excused, skipped } = validation;
  const table = validationTable(validation);
  if (findings.length > 0) throw new ChartsFailedError(findings, table, "validate");
  const notes = excused.length === 0 ? [] : [`${excused.length} findings are excused by exceptions`];
  return [table, "", ...notes, ...skipped.map((reason) => `skipped: ${reason}`)].join("\n").trimEnd();
}

/** The table of a validation: findings per chart and environment, by group of rules. */
export function validationTable({ results, findings }: Validation): string {
  return chartTable(results, findings, GROUPS);
}

/** Validates like `validateCharts` and gives the findings as JSON instead of failing. */
export async function chartFindingsFile(given: PlatformSource & OwnPrograms): Promise<File> {
  const validation = await validate(given);
  const text = `${JSON.stringify(validation, null, 2)}\n`;
  return dag.directory().withNewFile("findings.json", text).file("findings.json");
}

/** Renders every chart and gives the record of the fields that no upgrade may change. */
export async function immutableFieldsFile(given: PlatformSource): Promise<File> {
  const source = await readChartSource(given);
  const charts = await helmCharts(source, ENVIRONMENTS);
  const failures = charts.flatMap(renderedFindings);
  if (failures.length > 0) {
    throw new ChartsFailedError(failures, chartTable(charts.flatMap(resultsOf), failures, GROUPS), "helm template");
  }
  const renders = charts.flatMap((chart) => rendersOf(checkedChart(chart)).renders);
  const name = source.platform.validation.immutableFields?.split("/").at(-1) ?? "immutable-fields.yaml";
  return dag.directory().withNewFile(name, recordImmutableFields(renders)).file(name);
}

/** Validates every chart in every environment; a finding is part of the result and no error. */
export async function validate(given: PlatformSource & OwnPrograms): Promise<Validation> {
  const charted = await readChartSource(given);
  const { kubernetes } = charted.platform.validation;
  const tools = checkTools(charted, given.programs);
  const container = tools.then(checkContainer);
  const run = async (input: ChartInput) => runChecks(input, await container, kubernetes);
  // What needs no charts is done while those are waited for.
  const [{ kubeLinter }, charts, secretsBeside, committed] = await Promise.all([
    tools,
    helmCharts(charted, ENVIRONMENTS, { run }),
    sourceTexts(charted.source, helmContainer(charted.lock, "helm")).then(secretsInTexts),
    readCommitted(charted),
  ]);
  const renders: ChartRender[] = [];
  const findings = charts.flatMap((chart) => {
    const registry = committed.registries.get(chart.input.spec.name);
    const checked = { ...checkedChart(chart), registry, kubernetes };
    const own = rendersOf(checked);
    renders.push(...own.renders);
    const refused = [...lintedFindings(chart), ...renderedFindings(chart), ...own.findings];
    return [...refused, ...chartFindings(checked, own.renders)];
  });
  findings.push(...secretsBeside);
  if (committed.immutableFields !== undefined) {
    findings.push(...compareImmutableFields(committed.immutableFields, renders));
  }
  const today = new Date().toISOString().slice(0, 10);
  const hasLinter = kubeLinter !== undefined;
  const didRun = (rule: string) => hasLinter || !rule.startsWith("kube-linter/");
  return {
    results: charts.flatMap(resultsOf),
    ...applyExceptions(findings, exceptionsFor(charted, given, committed.exceptions), today, didRun),
    skipped: hasLinter ? [] : ["kube-linter: the image lock has no kube-linter"],
  };
}

function secretsInTexts(texts: ReadonlyMap<string, string>): Finding[] {
  return checkSecretFiles(
    "",
    [...texts].map(([file, text]) => ({ file, text })),
  );
}

/** An exception for a chart that this call is not about is not stale. */
function exceptionsFor({ platform }: ChartSource, { only = [] }: PlatformSource, all: readonly Exception[]) {
  const names = platform.charts.map(({ name }) => name);
  return only.length === 0 ? all : all.filter(({ chart }) => chart === "" || names.includes(chart));
}

/** Files of the source that charts are compared with. */
type Committed = {
  readonly exceptions: readonly Exception[];
  /** Record of immutable fields, where the platform file names one. */
  readonly immutableFields: ImmutableRecord | undefined;
  /** Registry of configuration keys of each chart that has one, by the chart's name. */
  readonly registries: ReadonlyMap<string, ConfigRegistry>;
};

async function readCommitted({ platform, source }: ChartSource): Promise<Committed> {
  const { exceptions, immutableFields } = platform.validation;
  const read = (file: string, next: string) => readSourceFile(source, file, next);
  const [exceptionText, immutableText, registries] = await Promise.all([
    exceptions === undefined ? "" : read(exceptions, "add it, or remove validation.exceptions from the platform file"),
    immutableFields === undefined
      ? undefined
      : read(immutableFields, `make it with: dagger call immutable-fields -o ${immutableFields}`),
    Promise.all(platform.charts.map((chart) => readRegistry(source, chart))),
  ]);
  return {
    exceptions: exceptions === undefined ? [] : parseExceptions(exceptionText, exceptions),
    immutableFields:
      immutableFields === undefined ? undefined : parseImmutableFields(immutableText ?? "", immutableFields),
    registries: new Map(registries.flat()),
  };
}

async function readRegistry(source: Directory, { name, config }: ChartSpec): Promise<[string, ConfigRegistry][]> {
  if (config === undefined) return [];
  const text = await readSourceFile(source, config.registry, "add it, or correct config.registry of the chart");
  return [[name, parseConfigRegistry(text, config.registry)]];
}

async function checkTools({ platform, lock, source }: ChartSource, programs: Directory): Promise<CheckTools> {
  const sources = platform.validation.customResources.map((each) => locateDefinitions(each, source));
  const linter = "kube-linter" in lock ? dag.container().from(lookupImage(lock, "kube-linter").reference) : undefined;
  return {
    helm: helmContainer(lock, "helm"),
    programs: {
      "helm-4": helmContainer(lock, "helm-4").file("/usr/bin/helm"),
      kubeconform: kubeconform(lock).file("/kubeconform"),
      "kube-score": kubeScore(lock),
      podsecurity: podSecurity(lock, programs),
    },
    kubeLinter: linter?.file("/kube-linter"),
    kubernetesSchemas: kubernetesSchemas(lock, platform.validation.kubernetes),
    customSchemas: await crdSchemas(lock, programs, sources),
  };
}

function checkedChart({ input, run }: HelmedChart): CheckedChart {
  const environments = input.environments.filter((environment) => isRendered(run, environment));
  return { spec: input.spec, environments, results: run.bundle, texts: run.texts, kubernetes: [] };
}

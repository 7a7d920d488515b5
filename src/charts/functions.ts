/** The functions of the module that concern charts, over the platform that the constructor was given. */
import { type Directory, dag } from "@dagger.io/dagger";

import { buildNamed, digestsOf, type PlatformSource, readFiles } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import { PipelineError } from "../report/errors.ts";
import type { Bundle } from "./bundle.ts";
import { chartTable, ChartsFailedError, type ChartResult, type RuleGroup } from "./chart-report.ts";
import type { Finding } from "./finding.ts";
import { lintFindings, templateFindings } from "./helm-messages.ts";
import { type ChartSource, environmentsOf, imagesOf, prepareCharts } from "./prepare.ts";
import { DEPENDENCY_STEPS, dependencyFailure, SOURCE_ROOT, withCharts } from "./dependencies.ts";
import { standInDigests } from "./values-file.ts";
import { type ChartInput, type ChartRun, isRendered, manifestFile, runHelm } from "./render.ts";
import { helmContainer } from "./tools.ts";

/** The platform file has no chart, or not the one that was asked for. */
export class UnknownChartError extends PipelineError {
  override readonly name = "UnknownChartError";
  constructor(problem: string, known: readonly string[]) {
    const next = known.length === 0 ? "describe a chart under charts of a system" : `one of: ${known.join(", ")}`;
    super("config", problem, next);
  }
}

/** Columns of the tables. helm lint lets a chart's own `fail` pass, so a lint without a render would prove little (A-31). */
export const RULE_GROUPS = {
  lint: { heading: "LINT", rules: ["helm-lint"] },
  render: { heading: "RENDER", rules: ["helm-template"] },
} as const;

/** A chart that was linted and rendered. */
export type HelmedChart = { readonly input: ChartInput; readonly run: ChartRun };

/** Builds the dependencies of every chart and gives the charts with them, each in a folder of its name. */
export async function buildChartDependencies(given: PlatformSource): Promise<Directory> {
  const source = await readChartSource(given);
  const charts = await prepareCharts(source, chartsOf(source), [], Promise.resolve(new Map()));
  const helm = helmContainer(source.lock, "helm");
  const built = charts.map(({ spec, charts: parts }) => {
    const container = withCharts(helm, parts).withExec(["sh", "-c", DEPENDENCY_STEPS]);
    return { name: spec.name, directory: container.directory(`${SOURCE_ROOT}/${spec.path}`) };
  });
  const directory = built.reduce((all, chart) => all.withDirectory(chart.name, chart.directory), dag.directory());
  return directory.sync().catch((error: unknown) => {
    throw dependencyFailure(error);
  });
}

/** Columns of the table of lint. */
export const LINT_GROUPS: readonly RuleGroup[] = [RULE_GROUPS.lint, RULE_GROUPS.render];

/** Lints every chart with every overlay; a finding is part of the result and no error. */
export async function lintResults(
  given: PlatformSource,
): Promise<{ readonly results: readonly ChartResult[]; readonly findings: readonly Finding[] }> {
  const charts = await helmCharts(await readChartSource(given), ENVIRONMENTS);
  return {
    results: charts.flatMap(resultsOf),
    findings: charts.flatMap((chart) => [...lintedFindings(chart), ...renderedFindings(chart)]),
  };
}

/** Lints every chart with every overlay and returns a table; throws ChartsFailedError naming every finding. */
export async function lintCharts(given: PlatformSource): Promise<string> {
  const { results, findings } = await lintResults(given);
  const table = chartTable(results, findings, LINT_GROUPS);
  if (findings.length > 0) throw new ChartsFailedError(findings, table, "helm lint --strict");
  return table;
}

/** Renders every chart for one environment and gives one file of manifests for each; throws ChartsFailedError. */
export async function renderCharts(given: PlatformSource, environment: Environment): Promise<Directory> {
  const source = await readChartSource(given);
  const digests = async () => digestsOf(await buildNamed(given, source, imagesOf(source.platform.charts)));
  const charts = await helmCharts(source, [environment], { digests });
  const findings = charts.flatMap(renderedFindings);
  if (findings.length > 0) {
    const table = chartTable(charts.flatMap(resultsOf), findings, [RULE_GROUPS.render]);
    throw new ChartsFailedError(findings, table, "helm template");
  }
  return charts.reduce(
    (directory, { input, run }) => directory.withFile(`${input.spec.name}.yaml`, manifestFile(run, environment)),
    dag.directory(),
  );
}

/** Reads what the functions over charts work on. */
export async function readChartSource(given: PlatformSource): Promise<ChartSource> {
  return { ...(await readFiles(given)), source: given.source };
}

/** What charts are rendered with, where it is not the usual. */
export type Rendering = {
  /** Makes the digest of each image that a chart runs; default: stand-ins, for renders that are looked at and not used. */
  readonly digests?: () => Promise<ReadonlyMap<string, string>>;
  /** What is done with each chart; default: it is linted and rendered. */
  readonly run?: (input: ChartInput) => Promise<ChartRun>;
};

/** Lints and renders the charts for the environments, in parallel; a chart without any of them is left out. */
export async function helmCharts(
  source: ChartSource,
  environments: readonly Environment[],
  rendering: Rendering = {},
): Promise<HelmedChart[]> {
  const all = chartsOf(source);
  const charts = all.filter((chart) => environments.some((name) => chart.environments[name] !== undefined));
  if (charts.length === 0) {
    throw new UnknownChartError(
      `no chart of ${source.platform.origin.file} has the environment ${environments.join(" or ")}`,
      environmentsOf(all),
    );
  }
  const helm = helmContainer(source.lock, "helm");
  const {
    digests = () => Promise.resolve(standInDigests(imagesOf(charts))),
    run = (input: ChartInput) => runHelm(input, helm),
  } = rendering;
  const prepared = await prepareCharts(source, charts, environments, digests());
  return Promise.all(prepared.map(async (input) => ({ input, run: await run(input) })));
}

/** Findings of `helm lint` for each environment that it refused. */
export function lintedFindings(chart: HelmedChart): Finding[] {
  return refused(chart, "lint.exit").flatMap((environment) =>
    lintFindings(printed(chart.run.bundle, `${environment}/lint`), helmRun(chart, environment)),
  );
}

/** Findings of `helm template` for each environment that it refused. */
export function renderedFindings(chart: HelmedChart): Finding[] {
  return refused(chart, "manifests.yaml.exit").flatMap((environment) =>
    templateFindings(chart.run.bundle.get(`${environment}/manifests.yaml.err`) ?? "", helmRun(chart, environment)),
  );
}

/** The rows of a chart in a table. */
export function resultsOf({ input, run }: HelmedChart): ChartResult[] {
  const chart = input.spec.name;
  return input.environments.map((environment) => {
    const text = run.bundle.get(`${environment}/manifests.yaml`) ?? "";
    const objects = isRendered(run, environment) ? (text.match(/^kind:/gm)?.length ?? 0) : undefined;
    return { chart, environment, objects };
  });
}

/** helm lint says what it found in its output, and why it could not even begin in its error output. */
function printed(bundle: Bundle, file: string): string {
  return `${bundle.get(file) ?? ""}\n${bundle.get(`${file}.err`) ?? ""}`;
}

function chartsOf({ platform }: ChartSource): readonly ChartSpec[] {
  if (platform.charts.length > 0) return platform.charts;
  throw new UnknownChartError(`${platform.origin.file} describes no chart`, []);
}

function refused({ input, run }: HelmedChart, file: string): Environment[] {
  return input.environments.filter((environment) => run.bundle.get(`${environment}/${file}`)?.trim() !== "0");
}

function helmRun({ input: { spec }, run }: HelmedChart, environment: Environment) {
  const files = ["values.yaml", ...(spec.environments[environment] ?? [])];
  const values = files.flatMap((file) => {
    const text = run.texts.get(file);
    return text === undefined ? [] : [{ file: `${spec.path}/${file}`, text }];
  });
  return { chart: spec, environment, values };
}

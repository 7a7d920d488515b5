/** Holds one chart to every rule, from what the tools made of it. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import { graphOf } from "../platform/chart-specs.ts";
import type { Environment } from "../platform/environments.ts";
import { readYaml } from "../platform/yaml-file.ts";
import type { Bundle } from "./bundle.ts";
import type { ConfigRegistry } from "./config-registry.ts";
import type { ChartRender, Finding, RenderRule } from "./finding.ts";
import { readDependencies } from "./chart-file.ts";
import { itemsAt, textAt } from "./json.ts";
import { parseManifests, RenderError } from "./manifest.ts";
import { checkOverlays, type ValuesFile } from "./overlays.ts";
import { configDefaultRule, envCoverageRule } from "./rules/env-coverage.ts";
import { renderRules } from "./rules/index.ts";
import { checkSecretFiles } from "./rules/plain-secret-files.ts";
import { probesRule } from "./rules/probes.ts";
import { checkReachability } from "./rules/reachability.ts";
import { checkRenderClock } from "./rules/render-clock.ts";
import { checkDeterminism } from "./rules/render-determinism.ts";
import { checkValuesUsage } from "./rules/values-usage.ts";
import { templateFindings } from "./helm-messages.ts";
import { kubeconformFindings, kubeLinterFindings, kubeScoreFindings, podSecurityFindings } from "./tool-findings.ts";

/** What is known of a chart once all tools have run. */
export type CheckedChart = {
  readonly spec: ChartSpec;
  /** Environments that rendered. */
  readonly environments: readonly Environment[];
  /** Results of helm and of the tools that check manifests, as checks.ts describes them. */
  readonly results: Bundle;
  /** The chart's own text files. */
  readonly texts: Bundle;
  /** Registry of its configuration keys, where the platform file names one. */
  readonly registry?: ConfigRegistry | undefined;
  /** Kubernetes versions that manifests were checked against. */
  readonly kubernetes: readonly string[];
};

/** The renders of a chart that can be read, and a finding for each that helm took for YAML and is none. */
export function rendersOf(chart: CheckedChart): { renders: ChartRender[]; findings: Finding[] } {
  const read = chart.environments.map((environment) =>
    readRender(chart, environment, chart.results.get(`${environment}/manifests.yaml`) ?? ""),
  );
  return { renders: read.flatMap(({ renders }) => renders), findings: read.flatMap(({ findings }) => findings) };
}

/** All findings of one chart, before exceptions. */
export function chartFindings(chart: CheckedChart, renders: readonly ChartRender[]): Finding[] {
  const { results, spec, environments, kubernetes } = chart;
  const { network } = spec;
  const rules = rulesOf(chart);
  const versions = environments.length === 0 ? [] : kubernetes;
  return [
    ...versions.flatMap((version) => kubeconformFindings(results, version, spec.name)),
    ...renders.flatMap((render) => [
      ...toolFindings(chart, render.environment),
      ...rules.flatMap((rule) => rule.check(render)),
      ...(network === undefined ? [] : checkReachability(render, graphOf(network, render.environment))),
      ...otherRenderFindings(chart, render),
    ]),
    ...defaultFindings(chart),
    ...valuesFindings(chart),
    ...checkRenderClock(spec.name, templatesOf(chart)),
    ...overlayFindings(chart),
    ...checkSecretFiles(
      spec.name,
      ownTexts(chart).map(({ path, text }) => ({ file: path, text })),
    ),
  ];
}

/** One render, or the finding that it cannot be read: the other renders and charts are checked all the same. */
function readRender(chart: CheckedChart, environment: Environment, text: string) {
  try {
    return { renders: [toRender(chart, environment, text)], findings: [] };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const { template, reason, nextStep } = error;
    const finding = { rule: "render-yaml", chart: chart.spec.name, environment, object: template, path: "" };
    return { renders: [], findings: [{ ...finding, reason, fix: nextStep }] };
  }
}

function toRender({ spec }: CheckedChart, environment: Environment, text: string): ChartRender {
  const { name, system, path, release, namespace } = spec;
  const manifests = parseManifests(text, `${name} (${environment})`);
  return { chart: name, ...{ system, path, release, namespace, environment, manifests } };
}

/** The rules over one render that hold for this chart. */
function rulesOf({ spec, registry }: CheckedChart): RenderRule[] {
  const components = spec.config?.components ?? {};
  return [
    ...renderRules(spec.secrets),
    ...(registry === undefined ? [] : [envCoverageRule({ registry, components, secrets: spec.secrets })]),
    probesRule({ registry, components, withoutHttp: spec.withoutHttp }),
  ];
}

/** Compares a render with that of helm 4; what is the same text is not read again. */
function otherRenderFindings(chart: CheckedChart, render: ChartRender): Finding[] {
  const { results, spec } = chart;
  const { environment } = render;
  const text = results.get(`${environment}/helm-4.yaml`) ?? "";
  if (results.get(`${environment}/helm-4.yaml.exit`)?.trim() !== "0") {
    const said = results.get(`${environment}/helm-4.yaml.err`) ?? "";
    const run = { chart: spec, environment, values: [] };
    return templateFindings(said, run).map((finding) => ({ ...finding, rule: "helm-4-template" }));
  }
  if (sortedDocuments(text) === sortedDocuments(results.get(`${environment}/manifests.yaml`) ?? "")) return [];
  const other = readRender(chart, environment, text);
  const differences = other.renders.flatMap((each) =>
    checkDeterminism([
      { name: "helm 3", render },
      { name: "helm 4", render: each },
    ]),
  );
  return [...other.findings, ...differences];
}

/** The documents of a render in an order of their own, since versions of helm order and space them differently. */
function sortedDocuments(text: string): string {
  const documents = text.split(/^---.*$/m).map((document) => document.trim());
  return documents
    .filter((document) => document !== "")
    .sort()
    .join("\n---\n");
}

function toolFindings({ spec, results }: CheckedChart, environment: Environment): Finding[] {
  const subject = { chart: spec.name, environment };
  return [
    ...podSecurityFindings(results, subject),
    ...kubeScoreFindings(results, subject),
    ...kubeLinterFindings(results, subject),
  ];
}

/** Defaults are compared in the render without values: an overlay may well choose others. */
function defaultFindings(chart: CheckedChart): Finding[] {
  const { spec, registry, results } = chart;
  if (registry === undefined || results.get("defaults/manifests.yaml.exit")?.trim() !== "0") return [];
  const components = spec.config?.components ?? {};
  const rule = configDefaultRule({ registry, components, secrets: spec.secrets });
  const { renders, findings } = readRender(chart, "dev", results.get("defaults/manifests.yaml") ?? "");
  return [...findings, ...renders.flatMap(rule.check)].map((finding) => ({ ...finding, environment: "" }));
}

function valuesFindings(chart: CheckedChart): Finding[] {
  const { spec, texts } = chart;
  const values = texts.get("values.yaml");
  if (values === undefined) return [];
  const dependencies = itemsAt(readYaml(texts.get("Chart.yaml") ?? "", "Chart.yaml").value, "dependencies");
  return checkValuesUsage({
    chart: spec.name,
    values: { path: `${spec.path}/values.yaml`, text: values },
    templates: ownTemplates(chart),
    library: libraryTemplates(chart),
    dependencies: dependencies.map((each) => textAt(each, "alias") || textAt(each, "name")),
    conditions: dependencies.map((each) => textAt(each, "condition")).filter((condition) => condition !== ""),
  });
}

function overlayFindings({ spec, texts }: CheckedChart): Finding[] {
  const read = (name: string): unknown => readYaml(texts.get(name) ?? "", name).value;
  const { local } = readDependencies(texts.get("Chart.yaml") ?? "", spec.path);
  const environments = Object.entries(spec.environments).map(([environment, files = []]) => {
    const overlays = files.map((file): ValuesFile => ({ file: `${spec.path}/${file}`, text: texts.get(file) ?? "" }));
    return [environment, overlays] as const;
  });
  return checkOverlays({
    chart: spec.name,
    defaults: read("values.yaml"),
    dependencies: Object.fromEntries(local.map(({ name, path }) => [name, read(`parts/${path}/values.yaml`)])),
    hasSchema: texts.has("values.schema.json"),
    environments: Object.fromEntries(environments),
  });
}

/** All templates that make up the render, with the helpers of the charts that it depends on. */
function templatesOf(chart: CheckedChart) {
  return [...ownTemplates(chart), ...libraryTemplates(chart)];
}

function ownTemplates(chart: CheckedChart) {
  return ownTexts(chart).filter(({ name }) => name.startsWith("templates/"));
}

function libraryTemplates({ texts }: CheckedChart) {
  return [...texts]
    .filter(([name]) => name.startsWith("parts/") && name.endsWith(".tpl"))
    .map(([name, text]) => ({ path: name.slice("parts/".length), text }));
}

/** The text files of the chart itself, by their path in the source and by their name in the chart. */
function ownTexts({ spec, texts }: CheckedChart) {
  return [...texts]
    .filter(([name]) => !name.startsWith("parts/"))
    .map(([name, text]) => ({ path: `${spec.path}/${name}`, name, text }));
}

/** Turns what helm prints when it refuses a chart into findings that name file, line and next step. */
import type { ValuePath } from "../platform/problems.ts";
import { readYaml } from "../platform/yaml-file.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { Finding } from "./finding.ts";

/** The place that findings of helm are about. */
export type HelmRun = {
  readonly chart: ChartSpec;
  readonly environment: Environment;
  /** Values files in the order in which they are applied, by their path in the source, the chart's own values first. */
  readonly values: readonly { readonly file: string; readonly text: string }[];
};

/**
 * Findings of `helm lint --strict`: one for each error and warning.
 *
 * @param output What it printed.
 */
export function lintFindings(output: string, run: HelmRun): Finding[] {
  const entries = output.split(/^(?=\[|==>|Error: |\d+ chart\(s\))/m).flatMap((entry) => {
    const found = /^\[(?:ERROR|WARNING)\] (.*?): (.*)$/s.exec(entry.trim());
    return found === null ? [] : [{ file: found[1] ?? "", message: found[2] ?? "" }];
  });
  // "unable to load chart" says again, without a file, what another entry says with one.
  const located = entries.filter(({ file }) => file !== "");
  const findings = (located.length > 0 ? located : entries).flatMap(({ file, message }) =>
    describe(message, "helm-lint", file.startsWith("/") ? run.chart.path : `${run.chart.path}/${file}`, run),
  );
  if (findings.length > 0) return distinct(findings);
  // helm may fail before it looks at the chart.
  return describe(/^Error: (.*)/ms.exec(output)?.[1]?.trim() ?? output.trim(), "helm-lint", run.chart.path, run);
}

/**
 * Findings of a `helm template` that failed.
 *
 * @param output What it printed to its error stream.
 */
export function templateFindings(output: string, run: HelmRun): Finding[] {
  const start = output.indexOf("Error: ");
  const text = start === -1 ? output.trim() : output.slice(start + "Error: ".length).trim();
  const useful = text.replace(/\n*Use --debug flag to render out invalid YAML\s*$/, "");
  return describe(
    useful === "" ? "helm template failed without a message" : useful,
    "helm-template",
    run.chart.path,
    run,
  );
}

/** One finding per thing that a message names; a message of the schema may name many. */
function describe(message: string, rule: string, file: string, run: HelmRun): Finding[] {
  const base = { rule, chart: run.chart.name, environment: run.environment };
  const schema = schemaFindings(message, run);
  if (schema.length > 0) return schema.map((finding) => ({ ...base, ...finding }));
  // Folder of the source in the container.
  const reason = message.replaceAll("/source/", "");
  return [{ ...base, ...placeOf(message, file, run), reason, fix: fixOf(message) }];
}

function distinct(findings: readonly Finding[]): Finding[] {
  const texts = findings.map((finding) => JSON.stringify(finding));
  return findings.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

/** `- at '/api/replicas': got string, want integer`, which helm says without naming a file. */
function schemaFindings(message: string, run: HelmRun): Pick<Finding, "object" | "path" | "reason" | "fix">[] {
  const lines = [...message.matchAll(/^- at '([^']*)': (.*)$/gm), ...message.matchAll(/^- ([\w.]+): (.*)$/gm)];
  return lines.map(([, pointer = "", problem = ""]) => {
    const path = pointer
      .split(/[/.]/)
      .filter((key) => key !== "" && key !== "(root)")
      .map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"));
    const place = lineOfValue(path, problem, run);
    return {
      ...{
        object: place.file,
        path: `${place.line === 0 ? "" : `line ${place.line}, `}${path.join(".") || "the root"}`,
      },
      reason: `${problem} (values.schema.json)`,
      fix: "give the value that the schema allows; the chart's README says what each value means",
    };
  });
}

/** Finds the last values file that sets a path, or a key that the schema does not know. */
function lineOfValue(path: ValuePath, problem: string, run: HelmRun): { file: string; line: number } {
  const unknown = /additional propert(?:y|ies) '([^']+)'/i.exec(problem)?.[1];
  const wanted = unknown === undefined ? path : [...path, unknown];
  for (const { file, text } of run.values.toReversed()) {
    const yaml = readYaml(text, file);
    const position = yaml.keyPosition(wanted);
    if (isSet(yaml.value, wanted)) return { file, line: position.line };
  }
  return { file: run.values.at(-1)?.file ?? run.chart.path, line: 0 };
}

function isSet(value: unknown, path: ValuePath): boolean {
  return (
    path.reduce<unknown>((outer, key) => {
      if (typeof outer !== "object" || outer === null || !Object.hasOwn(outer, key)) return undefined;
      return Reflect.get(outer, key);
    }, value) !== undefined
  );
}

/** File and line that a message names: a template, a values file or Chart.yaml. */
function placeOf(message: string, file: string, run: HelmRun): { object: string; path: string } {
  const template = /\(?\b([\w.-]+(?:\/[\w.-]+)*\.(?:ya?ml|tpl|txt)):(\d+)(?::\d+)?/.exec(message);
  if (template !== null) return { object: inSource(template[1] ?? "", run.chart), path: `line ${template[2] ?? ""}` };
  const broken = /(?:parse error (?:on|in) |failed to parse |cannot load )([^\s:]+)/i.exec(message)?.[1];
  const line = /line (\d+)/.exec(message)?.[1];
  return {
    object: broken === undefined ? file : inSource(broken, run.chart),
    path: line === undefined ? "" : `line ${line}`,
  };
}

/** helm names templates by the chart's name; people look for them in the source. */
function inSource(name: string, { path }: ChartSpec): string {
  // A values file is named by its place in the container, which is that in the source.
  if (name.startsWith("/source/")) return name.slice("/source/".length);
  const parts = name.split("/");
  const subchart = parts.lastIndexOf("charts");
  if (subchart !== -1) return `${path}/${parts.slice(subchart).join("/")}`;
  const inside = /(?:^|\/)((?:templates|files|crds)\/.*|Chart\.yaml|values[\w.-]*\.ya?ml)$/.exec(name);
  return inside === null ? name : `${path}/${inside[1] ?? ""}`;
}

function fixOf(message: string): string {
  if (message.includes("missing in charts/ directory"))
    return "run `dagger call dependency-build`, or add the dependency";
  if (message.includes("execution error at")) return "the chart refuses these values: change them as its message says";
  if (/nil pointer|can't evaluate field|wrong type|error calling/.test(message))
    return "correct the template at that line";
  if (/yaml|YAML/.test(message)) return "correct the YAML at that line: indentation, quotes and colons";
  return "correct what helm names; `helm template --debug` shows more";
}

/** Says how charts fared: one table, and one error that names every finding. */
import { PipelineError } from "../report/errors.ts";
import { type Column, renderTable } from "../report/table.ts";
import type { Environment } from "../platform/environments.ts";
import type { Finding } from "./finding.ts";

/** One row of the table: a chart in an environment. */
export type ChartResult = {
  readonly chart: string;
  readonly environment: Environment;
  /** Objects that it rendered; undefined where it did not render. */
  readonly objects: number | undefined;
};

/** A group of rules that has a column of its own, by the start of their names; the last column counts all others. */
export type RuleGroup = { readonly heading: string; readonly rules: readonly string[] };

/** One or more charts are not as they should be. */
export class ChartsFailedError extends PipelineError {
  override readonly name = "ChartsFailedError";
  constructor(
    readonly findings: readonly Finding[],
    table: string,
    gate: string,
  ) {
    const charts = [...new Set(findings.map(({ chart }) => chart))].filter((chart) => chart !== "");
    const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    super(
      "gate",
      `${gate}: ${count}${charts.length === 0 ? "" : ` in ${charts.join(", ")}`}\n\n${describeFindings(findings)}\n\n${table}\n`,
      "mend what is named above; what must stay goes into the exceptions file, with a reason and an expiry",
    );
  }
}

/** Each finding in a few lines, those that differ only in their environment as one. */
export function describeFindings(findings: readonly Finding[]): string {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { chart, rule, object, path, reason, fix } = finding;
    const key = JSON.stringify([chart, rule, object, path, reason, fix]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map(describeGroup).join("\n");
}

function describeGroup(group: readonly Finding[]): string {
  const [first] = group;
  if (first === undefined) return "";
  const environments = group.map(({ environment }) => environment).filter((environment) => environment !== "");
  const where = environments.length === 0 ? first.chart : `${first.chart} (${environments.join(", ")})`;
  const lines = [`${first.rule}  ${where}`.trimEnd(), `  object  ${first.object}`];
  if (first.path !== "") lines.push(`  path    ${first.path}`);
  return [...lines, `  found   ${indent(first.reason)}`, `  fix     ${indent(first.fix)}`].join("\n");
}

function indent(text: string): string {
  return text.trim().split("\n").join("\n          ");
}

/**
 * One row per chart and environment: objects, then findings per group of rules; 0 is what is wanted. What concerns a chart
 * in no environment, or the source as a whole, has a row of its own where there is any.
 */
export function chartTable(
  results: readonly ChartResult[],
  findings: readonly Finding[],
  groups: readonly RuleGroup[],
): string {
  const columns: Column[] = [
    { heading: "CHART" },
    { heading: "ENVIRONMENT" },
    { heading: "OBJECTS", numeric: true },
    ...groups.map(({ heading }) => ({ heading, numeric: true })),
  ];
  const others = [...new Set(findings.filter(({ environment }) => environment === "").map(({ chart }) => chart))];
  const rows = [...results, ...others.map((chart) => ({ chart, environment: "" as const, objects: undefined }))].map(
    ({ chart, environment, objects }) => {
      const own = findings.filter((finding) => finding.chart === chart && finding.environment === environment);
      const counts = groups.map((group) => String(own.filter(({ rule }) => groupOf(rule, groups) === group).length));
      // What a chart that does not render would be found to be, nobody can tell.
      const cells = objects === undefined ? counts.map((count) => (count === "0" ? "-" : count)) : counts;
      return [chart || "source", environment || "all", objects === undefined ? "-" : String(objects), ...cells];
    },
  );
  return renderTable(columns, rows);
}

function groupOf(rule: string, groups: readonly RuleGroup[]): RuleGroup | undefined {
  const named = groups.find(({ rules }) => rules.some((name) => rule === name || rule.startsWith(`${name}/`)));
  return named ?? groups.find(({ rules }) => rules.length === 0);
}

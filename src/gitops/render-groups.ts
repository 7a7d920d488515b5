/** Puts Applications together that one run of helm can render: the same chart, release and namespace. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { Application } from "./application.ts";
import { type Expected, nameInChart, overlaysOf, pairs } from "./plan.ts";

/** Applications that are rendered together. */
export type RenderGroup = {
  /** The chart as these Applications install it. */
  readonly chart: ChartSpec;
  readonly members: readonly { readonly application: Application; readonly environment: Environment }[];
};

/**
 * Groups the Applications that can be rendered: those of a chart of the platform file whose value files all exist. Of two for
 * one environment, the second has a group of its own.
 */
export function groupApplications(
  applications: readonly Application[],
  expected: readonly Expected[],
  files: ReadonlyMap<string, ReadonlySet<string>>,
): RenderGroup[] {
  const groups: { chart: ChartSpec; members: { application: Application; environment: Environment }[] }[] = [];
  for (const { application, wanted } of pairs(applications, expected)) {
    const { chart, environment } = wanted;
    const overlays = overlaysOf(application.valueFiles);
    const known = files.get(chart.path);
    if (application.path !== chart.path || known === undefined) continue;
    if (!["Chart.yaml", ...overlays].every((file) => known.has(file))) continue;
    const { release, namespace } = application;
    const group = groups.find(
      (each) =>
        each.chart.name === chart.name &&
        each.chart.release === release &&
        each.chart.namespace === namespace &&
        each.chart.environments[environment] === undefined,
    );
    const environments = {
      ...group?.chart.environments,
      [environment]: overlays.map((file) => nameInChart(file, environment)),
    };
    const own = { ...chart, release, namespace, environments };
    if (group === undefined) groups.push({ chart: own, members: [{ application, environment }] });
    else {
      group.chart = own;
      group.members.push({ application, environment });
    }
  }
  return groups;
}

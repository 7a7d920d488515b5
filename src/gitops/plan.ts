/** Which Applications a platform must have: one for each chart in each environment that Argo CD rolls out. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { GitopsSpec } from "../platform/gitops-spec.ts";
import type { Application } from "./application.ts";

/** One Application that must be there. */
export type Expected = {
  /** `<release>-<environment>`. */
  readonly name: string;
  readonly chart: ChartSpec;
  readonly environment: Environment;
  /** Value files, as paths in the folder of the chart, in the order in which they are applied. */
  readonly valueFiles: readonly string[];
};

/** The Applications that must be there, in the order of the platform file. */
export function expectedApplications(charts: readonly ChartSpec[], gitops: GitopsSpec): Expected[] {
  return charts.flatMap((chart) =>
    gitops.environments.flatMap((environment) => {
      const overlays = chart.environments[environment];
      if (overlays === undefined) return [];
      const name = `${chart.release}-${environment}`;
      return [{ name, chart, environment, valueFiles: [DEFAULTS, ...overlays] }];
    }),
  );
}

/** Each Application with what it must be; those that nobody expects are left out. */
export function pairs(applications: readonly Application[], expected: readonly Expected[]) {
  return applications.flatMap((application) => {
    const wanted = expected.find(({ name }) => name === application.name);
    return wanted === undefined ? [] : [{ application, wanted }];
  });
}

/** The values that every chart brings; helm reads them by itself, so that naming them changes nothing. */
export const DEFAULTS = "values.yaml";

/** Value files without the chart's own defaults. */
export function overlaysOf(valueFiles: readonly string[]): string[] {
  return valueFiles[0] === DEFAULTS ? valueFiles.slice(1) : [...valueFiles];
}

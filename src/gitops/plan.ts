/** Which Applications a platform must have: one for each chart in each environment that Argo CD rolls out. */
import path from "node:path";

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
  /** Value files, as paths from the folder of the chart, in the order in which they are applied. */
  readonly valueFiles: readonly string[];
};

/** The Applications that must be there, in the order of the platform file. */
export function expectedApplications(charts: readonly ChartSpec[], gitops: GitopsSpec): Expected[] {
  return charts.flatMap((chart) =>
    gitops.environments.flatMap((environment) => {
      const overlays = chart.environments[environment];
      if (overlays === undefined) return [];
      const name = `${chart.release}-${environment}`;
      const released = releaseFile(gitops, environment, chart.name);
      const last = released === undefined ? [] : [path.posix.relative(chart.path, released)];
      return [{ name, chart, environment, valueFiles: [DEFAULTS, ...overlays, ...last] }];
    }),
  );
}

/** The values file that promote writes for a chart in an environment, as a path in the source. */
export function releaseFile({ releases }: GitopsSpec, environment: Environment, chart: string): string | undefined {
  return releases === undefined ? undefined : path.posix.join(releases, environment, `${chart}.yaml`);
}

/** True for a value file that lies in the repository, and not in the folder of the chart. */
export function isOutside(valueFile: string): boolean {
  return valueFile.startsWith("../");
}

/** A name for each value file of an Application in the folder of its chart, where those outside are put for a render. */
export function nameInChart(valueFile: string, environment: Environment): string {
  return isOutside(valueFile) ? `.${environment}.${path.posix.basename(valueFile)}` : valueFile;
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

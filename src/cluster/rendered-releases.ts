/** Turns what helm rendered into releases that can be installed. */
import { ChartsFailedError, chartTable } from "../charts/chart-report.ts";
import { type HelmedChart, renderedFindings, resultsOf, RULE_GROUPS } from "../charts/functions.ts";
import { parseManifests } from "../charts/manifest.ts";
import type { Environment } from "../platform/environments.ts";
import type { InstallValues } from "./install-values.ts";
import type { Release } from "./release.ts";

/** The releases of an environment; throws ChartsFailedError where helm has refused one. */
export function releasesOf(
  helmed: readonly HelmedChart[],
  environment: Environment,
  values: ReadonlyMap<string, InstallValues>,
): Release[] {
  const findings = helmed.flatMap(renderedFindings);
  if (findings.length > 0) {
    const table = chartTable(helmed.flatMap(resultsOf), findings, [RULE_GROUPS.render]);
    throw new ChartsFailedError(findings, table, "helm template");
  }
  return helmed.map(({ input, run }) => {
    const { spec, digests } = input;
    const text = run.bundle.get(`${environment}/manifests.yaml`) ?? "";
    const manifests = parseManifests(text, `${spec.name} (${environment})`);
    return {
      spec: values.get(spec.name)?.chart ?? spec,
      chart: run.built,
      digests,
      overrides: values.get(spec.name)?.values ?? "",
      pullPolicy: values.get(spec.name)?.pullPolicy ?? "Never",
      manifests,
    };
  });
}

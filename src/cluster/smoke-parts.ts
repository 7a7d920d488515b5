/** Takes the result of a smoke test apart by what is tested together, and puts such parts together again. */
import type { SmokeResult } from "./smoke-report.ts";

/** What is not of a part: charts, and namespaces of releases. */
export type Others = { readonly charts: ReadonlySet<string>; readonly namespaces: ReadonlySet<string> };

/** The part of a result that is not of others. What is of no chart is of every part. */
export function partOf(result: SmokeResult, { charts, namespaces }: Others): SmokeResult {
  const isOwn = ({ chart }: { readonly chart: string }) => !charts.has(chart);
  const containers = Object.entries(result.proof.containers).filter(([namespace]) => !namespaces.has(namespace));
  return {
    ...result,
    resources: result.resources.filter(isOwn),
    checks: result.checks.filter(isOwn),
    networks: result.networks.filter(isOwn),
    proof: { ...result.proof, containers: Object.fromEntries(containers) },
  };
}

/**
 * One result of several. Of the first are commit, environment and times of the cluster; the whole took as long as the
 * first did. What several have, such as checks of no chart, is there once, as the first of them found it.
 *
 * @param results At least one; throws RangeError otherwise.
 */
export function joined(results: readonly SmokeResult[]): SmokeResult {
  const [first] = results;
  if (first === undefined) throw new RangeError("no result to join");
  return {
    ...first,
    resources: results.flatMap(({ resources }) => resources),
    checks: [
      ...firstOf(
        results.flatMap(({ checks }) => checks.map((each) => [`${each.chart}: ${each.name}`, each] as const)),
      ).values(),
    ],
    networks: results.flatMap(({ networks }) => networks),
    proof: {
      containers: Object.fromEntries(firstOf(results.flatMap(({ proof }) => Object.entries(proof.containers)))),
      strange: results.flatMap(({ proof }) => proof.strange),
    },
    diagnoses: results.flatMap(({ diagnoses }) => diagnoses),
    notes: [...new Set(results.flatMap(({ notes }) => notes))],
  };
}

function firstOf<Value>(entries: readonly (readonly [string, Value])[]): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [key, value] of entries) if (!found.has(key)) found.set(key, value);
  return found;
}

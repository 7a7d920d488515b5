/** Turns what the rooms found into the cases of a stage. */
import type { ChartResult } from "../charts/chart-report.ts";
import type { Finding } from "../charts/finding.ts";
import { failuresOf, type SmokeResult } from "../cluster/smoke-report.ts";
import type { GitopsFinding } from "../gitops/finding.ts";
import type { ImageFailure } from "../images/build-report.ts";
import type { Outcome } from "../report/parallel.ts";
import type { CaseResult } from "../report/stage.ts";

const PASSED = { outcome: "passed", text: "" } as const;

/** A case per chart and environment without a finding, and one per finding. */
export function chartCases(results: readonly ChartResult[], findings: readonly Finding[]): CaseResult[] {
  const isClean = ({ chart, environment }: ChartResult) =>
    !findings.some((each) => each.chart === chart && (each.environment === environment || each.environment === ""));
  const clean = results.filter(isClean).map(({ chart, environment }): CaseResult => {
    return { group: chart, name: environment, seconds: 0, ...PASSED };
  });
  return [...findings.map(findingCase), ...clean];
}

/** A case per Application without a finding, and one per finding. */
export function gitopsCases(
  applications: readonly { readonly name: string }[],
  findings: readonly GitopsFinding[],
): CaseResult[] {
  const clean = applications.filter(({ name }) => !findings.some(({ application }) => application === name));
  return [
    ...findings.map(({ rule, file, line, application, found, allowed, next }): CaseResult => {
      const text = `found ${found}; allowed ${allowed}`;
      return { group: "gitops", name: application, outcome: "failed", seconds: 0, text, rule, file, line, fix: next };
    }),
    ...clean.map(({ name }): CaseResult => ({ group: "gitops", name, seconds: 0, ...PASSED })),
  ];
}

/** A file and a line, where a finding is in a file and says the line. */
function findingCase({ rule, chart, environment, object, path, reason, fix }: Finding): CaseResult {
  const isFile = /^[^\s:]+\/[^\s:]+\.[a-z]+$/i.test(object);
  const [, line] = /^line (\d+)/.exec(path) ?? [];
  const scope = [chart, environment].filter((part) => part !== "").join(" ");
  return {
    ...{ group: scope === "" ? "source" : scope, name: object, outcome: "failed", seconds: 0, rule, fix },
    text: path === "" ? reason : `${path}: ${reason}`,
    file: isFile ? object : undefined,
    line: isFile && line !== undefined ? Number(line) : undefined,
  };
}

/** A case per image: not built, over its budget, or grown past the baseline. */
export function imageCases(
  outcomes: readonly Pick<Outcome<unknown>, "name" | "seconds">[],
  failures: readonly ImageFailure[],
): CaseResult[] {
  return outcomes.map(({ name, seconds }): CaseResult => {
    const failure = failures.find((each) => each.name === name);
    if (failure === undefined) return { group: "images", name, seconds, ...PASSED };
    return { group: "images", name, outcome: "failed", seconds, text: failure.text, file: failure.dockerfile };
  });
}

/** A case per resource and check, recorded ones too, and one for each failure that is of neither. */
export function smokeCases(result: SmokeResult): CaseResult[] {
  const { environment, resources, checks } = result;
  const cases: CaseResult[] = [
    ...resources.map(({ chart, resource, ready, state, seconds }): CaseResult => {
      return { group: chart, name: resource, outcome: ready ? "passed" : "failed", seconds, text: ready ? "" : state };
    }),
    ...checks.map(({ chart, name, ok, reason, seconds }): CaseResult => {
      return { group: chart, name, outcome: ok ? "passed" : "failed", seconds, text: ok ? "" : reason };
    }),
  ];
  const named = new Set(
    checks.filter(({ ok }) => !ok).map(({ chart, name, reason }) => `${chart}: ${name}: ${reason}`),
  );
  const others = failuresOf(result).filter((failure) => !named.has(failure));
  // What is not ready is a case already, unless a diagnosis says why.
  const causes =
    result.diagnoses.length > 0 ? others : others.filter((failure) => !failure.includes(" is not ready: "));
  return [
    ...causes.map((text): CaseResult => {
      return { group: environment, name: "smoke test", outcome: "failed", seconds: 0, text };
    }),
    ...cases,
  ];
}

/** Says how the life of releases went: tables, and one error that names every failure. */
import { PipelineError } from "../report/errors.ts";
import { renderTable } from "../report/table.ts";
import { lifecycleDoubts, lifecycleFailures, type LifecycleResult, type LoadPhase } from "./lifecycle-judgement.ts";
import { describeOrder } from "./lifecycle-order.ts";

/** A release does not survive its life as it must. */
export class LifecycleFailedError extends PipelineError {
  override readonly name = "LifecycleFailedError";
  constructor(readonly result: LifecycleResult) {
    const failures = lifecycleFailures(result);
    const count = failures.length === 1 ? "1 failure" : `${failures.length} failures`;
    super(
      "gate",
      `lifecycle-test --env ${result.environment}: ${count}\n\n${failures.join("\n")}\n\n${lifecycleTable(result)}\n`,
      "mend what is named first, since the rest may follow from it; the function lifecycle-report gives logs, events and states as a directory",
    );
  }
}

/** The tables of a life: phases under load, recoveries, leftovers. */
export function lifecycleTable(result: LifecycleResult): string {
  const { environment, commit, previous, jobs, recoveries, leftovers, kept, notes, seconds } = result;
  return [
    `upgraded to commit ${commit}`,
    `from ${previous}`,
    "",
    phaseTable(result),
    ...(recoveries.length === 0 ? [] : ["", recoveryTable(result)]),
    "",
    ...jobs.map(describeOrder),
    ...result.loads
      .filter(({ promised }) => promised > 0)
      .map(({ chart, name, promised, lost }) => `work: ${chart}: ${name}: ${promised} accepted, ${lost} lost`),
    `leftovers: ${leftovers.length === 0 ? "none" : leftovers.map(({ object }) => object).join(", ")}`,
    `kept: ${kept.length === 0 ? "nothing" : kept.join(", ")}`,
    ...[...notes, ...lifecycleDoubts(result)].map((note) => `note: ${note}`),
    `${environment}: ${lifecycleFailures(result).length === 0 ? "passed" : "failed"} in ${seconds.toFixed(1)} s`,
  ].join("\n");
}

function phaseTable({ phases, loads }: LifecycleResult): string {
  const columns = [
    { heading: "PHASE" },
    ...[{ heading: "SECONDS", numeric: true }],
    { heading: "LOAD" },
    ...["SENT", "FAILED", "LOST", "P50 MS", "P95 MS", "P99 MS"].map((heading) => ({ heading, numeric: true })),
  ];
  const rows = phases.flatMap(({ phase, seconds }) => {
    const asked = loads.flatMap(({ chart, name, phases: own }) =>
      own.filter((each) => each.phase === phase).map((each) => [`${chart} ${name}`, ...counts(each)]),
    );
    const rest = asked.length === 0 ? [["-", "", "", "", "", "", ""]] : asked;
    return rest.map((cells, index) => (index === 0 ? [phase, seconds.toFixed(1), ...cells] : ["", "", ...cells]));
  });
  return renderTable(columns, rows);
}

function counts({ sent, failed, lost, p50, p95, p99 }: LoadPhase): string[] {
  return [String(sent), String(failed), String(lost), p50.toFixed(1), p95.toFixed(1), p99.toFixed(1)];
}

function recoveryTable({ recoveries }: LifecycleResult): string {
  const columns = [
    { heading: "CHART" },
    { heading: "COMPONENT" },
    { heading: "AFTER" },
    { heading: "READY AGAIN" },
    { heading: "SECONDS", numeric: true },
  ];
  const rows = recoveries.map(({ chart, component, phase, seconds, reason }) => [
    ...[chart, component, phase.split(" ")[0] ?? "", reason === "" ? "yes" : "no", seconds.toFixed(1)],
  ]);
  return renderTable(columns, rows);
}

/** Says how a smoke test went: one table, the same as data, and one error that names every failure. */
import type { Environment } from "../platform/environments.ts";
import { PipelineError } from "../report/errors.ts";
import { renderTable } from "../report/table.ts";
import type { CheckResult } from "./check-run.ts";
import { type NetworkProof, NetworkRefutedError } from "./network-outcome.ts";
import type { ImageProof } from "./node-images.ts";

/** A resource of a release and how long it took to be ready, in seconds from the begin of the install. */
export type ResourceResult = {
  readonly chart: string;
  readonly resource: string;
  readonly ready: boolean;
  readonly state: string;
  readonly seconds: number;
};

/** What the cluster showed of a component graph. */
export type NetworkResult = { readonly chart: string; readonly proof: NetworkProof; readonly seconds: number };

/** All that a smoke test found. */
export type SmokeResult = {
  readonly environment: Environment;
  readonly commit: string;
  /** When each part of the cluster was there, in seconds from its start. */
  readonly clusterSeconds: Readonly<Record<string, number>>;
  readonly resources: readonly ResourceResult[];
  readonly checks: readonly CheckResult[];
  /** What the cluster showed of the component graph of each chart that declares one. */
  readonly networks: readonly NetworkResult[];
  /** Containers that ran, and those of them that ran an image which the node was not given. */
  readonly proof: ImageProof;
  /** What keeps releases from standing, root causes first, each in a few lines. */
  readonly diagnoses: readonly string[];
  /** What this run could not show, or did without, with the reason. */
  readonly notes: readonly string[];
  readonly seconds: number;
};

/** The platform does not work as it says. */
export class SmokeFailedError extends PipelineError {
  override readonly name = "SmokeFailedError";
  constructor(readonly result: SmokeResult) {
    const failures = failuresOf(result);
    const count = failures.length === 1 ? "1 failure" : `${failures.length} failures`;
    super(
      "gate",
      `smoke-test --env ${result.environment}: ${count}\n\n${failures.join("\n")}\n\n${smokeTable(result)}\n`,
      "mend what is named first, since the rest may follow from it; the function smoke-report gives logs, events and states as a directory",
    );
  }
}

/** Everything that did not hold, each in a few lines; none where the test passed. */
export function failuresOf({ resources, checks, networks, proof, diagnoses }: SmokeResult): string[] {
  const unready = resources.filter(({ ready }) => !ready);
  return [
    ...diagnoses,
    // What is not ready follows from what was diagnosed.
    ...(diagnoses.length > 0
      ? []
      : unready.map(({ chart, resource, state }) => `${chart}: ${resource} is not ready: ${state}`)),
    ...checks.filter(({ ok }) => !ok).map(({ chart, name, reason }) => `${chart}: ${name}: ${reason}`),
    ...networks
      .filter((each) => each.proof.verdict === "refuted")
      .map((each) => `${each.chart}: ${new NetworkRefutedError(each.proof).problem}`),
    // What did not start was diagnosed.
    ...(diagnoses.length === 0 && Object.keys(proof.containers).length === 0
      ? ["no container ran, so that nothing was shown of the images of this run"]
      : []),
    ...proof.strange.map(
      ({ object, image, imageId }) => `${object} ran ${image} (${imageId}), which the node was not given`,
    ),
  ];
}

/** The table of a smoke test. */
export function smokeTable(result: SmokeResult): string {
  const { environment, clusterSeconds, resources, checks, networks, proof, notes, seconds } = result;
  const columns = [
    { heading: "CHART" },
    { heading: "RESOURCE" },
    { heading: "READY" },
    { heading: "SECONDS", numeric: true },
  ];
  const cluster = Math.max(0, ...Object.values(clusterSeconds));
  const containers = Object.values(proof.containers).reduce((sum, each) => sum + each, 0);
  const rows = [
    ["(cluster)", "Node and name service", "yes", cluster.toFixed(1)],
    ...resources.map((row) => [
      row.chart,
      row.resource,
      row.ready ? "yes" : `no: ${row.state}`,
      row.seconds.toFixed(1),
    ]),
  ];
  const checkColumns = [
    { heading: "CHART" },
    { heading: "CHECK" },
    { heading: "HOLDS" },
    { heading: "SECONDS", numeric: true },
  ];
  const checkRows = checks.map((row) => [row.chart, row.name, row.ok ? "yes" : "no", row.seconds.toFixed(1)]);
  return [
    renderTable(columns, rows),
    ...(checks.length === 0 ? [] : ["", renderTable(checkColumns, checkRows)]),
    "",
    `slowest: ${slowest(result).join(", ")}`,
    `images: ${containers} containers ran, ${proof.strange.length === 0 ? "all of them from images of this run or the image lock" : `${proof.strange.length} of them from elsewhere`}`,
    ...networks.map(describeNetwork),
    ...notes.map((note) => `note: ${note}`),
    `${environment}: ${failuresOf(result).length === 0 ? "passed" : "failed"} in ${seconds.toFixed(1)} s`,
  ].join("\n");
}

/** What was tried of a graph, and what could not be. */
function describeNetwork({ chart, proof: { cause, edges, absent }, seconds }: NetworkResult): string {
  if (cause !== "") return `network: ${chart}: not proved: ${cause}`;
  const declared = edges.filter(({ isDeclared }) => isDeclared);
  const proved = declared.filter(({ verdict }) => verdict === "proved").length;
  const unproved = edges.filter(({ verdict }) => verdict === "not proved");
  const lines = unproved.map((edge) => `; not proved: ${edge.from} to ${edge.to} on ${edge.port}: ${edge.cause}`);
  return [
    `network: ${chart}: ${proved} of ${declared.length} declared connections are open,`,
    `${absent.refused} of ${absent.all} absent ones are refused (${seconds.toFixed(1)} s)${lines.join("")}`,
  ].join(" ");
}

function slowest({ resources, checks }: SmokeResult): string[] {
  const all = [
    ...resources.map(({ chart, resource, seconds }) => ({ what: `${chart} ${resource}`, seconds })),
    ...checks.map(({ name, seconds }) => ({ what: `"${name}"`, seconds })),
  ];
  const sorted = all.sort((one, other) => other.seconds - one.seconds).slice(0, 3);
  return sorted.map(({ what, seconds }) => `${what} (${seconds.toFixed(1)} s)`);
}

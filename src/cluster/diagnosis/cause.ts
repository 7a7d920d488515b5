/** What keeps a release from standing: the causes that are told apart, and one finding of one. */

/** Causes, those first that others follow from. The text says what to try. */
export const CAUSES = {
  "denied-by-admission": "change what the message names, so that the policy of the cluster allows it",
  "quota-exceeded": "request less, or raise the ResourceQuota of the namespace",
  "claim-not-bound": "name a storage class that the cluster has, or make a volume",
  unschedulable: "lower the requests, or change affinity, tolerations or selectors, so that a node fits",
  "image-missing": "name an image that this run built or that the image lock has, and its digest",
  "config-missing":
    "make the Secret or ConfigMap with the key that the message names, or correct its name in the chart",
  "volume-not-mounted": "make what the volume is to be filled from, or correct its name in the chart",
  "sandbox-failed": "look at the node's container runtime and network; the message names the part",
  "cannot-start": "correct command, arguments, user or permissions; the program must be in the image and executable",
  "out-of-memory": "raise the memory limit, or let the program use less",
  evicted: "lower what the pod uses of the node, or give the node more",
  "init-failed": "look at the last log lines of the init container",
  "crash-loop": "look at the last log lines; settings that are missing are named there",
  "job-failed": "look at the last log lines of the job's pod",
  "startup-probe-failed": "give the program longer to start (failureThreshold), or correct what the probe asks",
  "liveness-probe-failed": "correct what the probe asks; it must not depend on other services",
  "readiness-probe-failed": "look at the answer of the probe: it names what is not ready",
  "rollout-overdue": "look at the pods of the rollout, whose states stand above",
  refused: "correct what helm or the cluster names",
} as const;

/** Name of a cause. */
export type Cause = keyof typeof CAUSES;

/** One thing that keeps a release from standing. */
export type Diagnosis = {
  readonly cause: Cause;
  /** `Kind name`, with the container where it is about one. */
  readonly object: string;
  /** What was found, in one line. */
  readonly reason: string;
  /** The pod and container whose log tells more; nothing where there is no log. */
  readonly pod?: string;
  readonly container?: string;
  /** True where the log is of the container before its restart. */
  readonly previous: boolean;
  /** Last lines of that log. */
  readonly log?: string;
};

/** Diagnoses in lines: object, cause, what was found, the log, and what to try. Objects that fail alike are named together. */
export function describeDiagnoses(diagnoses: readonly Diagnosis[]): string[] {
  const alike = new Map<string, Diagnosis[]>();
  for (const diagnosis of diagnoses) {
    const key = `${diagnosis.cause} ${diagnosis.reason}`;
    alike.set(key, [...(alike.get(key) ?? []), diagnosis]);
  }
  return [...alike.values()].map(describeAlike);
}

function describeAlike(diagnoses: readonly Diagnosis[]): string {
  const [first] = diagnoses;
  if (first === undefined) return "";
  const { cause, object, reason, log = "" } = first;
  const lines = [`${object}: ${cause}: ${reason}`];
  if (log !== "") lines.push(...log.split("\n").map((line) => `  | ${line}`));
  const others = diagnoses.slice(1).map((diagnosis) => diagnosis.object);
  if (others.length > 0) lines.push(`  and: ${others.join("; ")}`);
  return [...lines, `  try: ${CAUSES[cause]}`].join("\n");
}

/** Sorts so that what others follow from comes first. */
export function byCause(diagnoses: readonly Diagnosis[]): Diagnosis[] {
  const order = Object.keys(CAUSES);
  return [...diagnoses].sort((one, other) => order.indexOf(one.cause) - order.indexOf(other.cause));
}

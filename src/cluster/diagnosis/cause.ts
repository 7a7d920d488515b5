/** What keeps a release from standing: the causes that are told apart, and one finding of one. */

/** Causes, those first that others follow from. The text says what to try where nothing more exact is known. */
export const CAUSES = {
  "denied-by-admission": "change what the message names, so that the policy of the cluster allows it",
  "webhook-unavailable": "start what serves the webhook, or remove the webhook's configuration",
  "service-account-missing": "make the ServiceAccount, or correct serviceAccountName in the chart",
  "quota-exceeded": "request less, or raise the ResourceQuota of the namespace",
  "claim-not-bound": "name a storage class that the cluster has, or make a volume",
  "claim-missing": "make the PersistentVolumeClaim, or correct its name in the chart",
  "unschedulable-resources": "lower the requests, or give the cluster a node that has as much",
  "unschedulable-placement": "change affinity, node selector or spread constraints, so that a node fits",
  "unschedulable-taint": "add a toleration, or remove the node's taint",
  "image-missing": "name an image that this run built or that the image lock has, and its digest",
  "user-refused": "set runAsUser, or a numeric user other than root in the image",
  "config-missing":
    "make the Secret or ConfigMap with the key that the message names, or correct the name in the chart",
  "volume-not-mounted": "make what the volume is to be filled from, or correct its name in the chart",
  "sandbox-failed": "look at the node's container runtime and network; the message names the part",
  "rejected-by-node": "look at the node: it took the pod and would not run it; the message says why",
  "cannot-start":
    "correct command, arguments, platform or permissions; the program must be in the image and executable",
  evicted: "lower what the pod uses of the node, or raise the limit that the message names",
  "out-of-memory": "raise the memory limit, or let the program use less",
  "read-only-file-system": "mount an emptyDir where the program writes, or point it to a writable folder",
  "permission-denied": "give the user of the container the right: fsGroup for volumes, ownership in the image",
  "credentials-refused": "compare the Secret of the client with that of the server; both must have the same value",
  "lifecycle-hook-failed": "correct the postStart hook, or do its work in an init container",
  "init-failed": "look at the last log lines of the init container",
  "crash-loop": "look at the last log lines; a setting that is missing is named there",
  "startup-probe-failed": "give the program longer to start (failureThreshold), or correct what the probe asks",
  "liveness-probe-failed": "correct what the probe asks; it must not depend on other services",
  "readiness-probe-failed": "look at the answer of the probe: it names what is not ready",
  "hook-failed": "look at the last log lines of the hook; helm goes on only when it succeeds",
  "job-failed": "look at the last log lines of the job's pod",
  "rollout-overdue": "look at the pods of the rollout, and why they are not ready",
  refused: "correct what helm or the cluster names",
  "not-ready-in-time": "look at the state of the resource and its events, or give it more time",
} as const;

/** Name of a cause. */
export type Cause = keyof typeof CAUSES;

/** One thing that keeps a release from standing. */
export type Diagnosis = {
  readonly cause: Cause;
  readonly namespace: string;
  /** `Kind name` of what a person wrote: the Deployment, not its pod. */
  readonly object: string;
  /** What was found, in one line. */
  readonly reason: string;
  /** What to try. */
  readonly nextStep: string;
  /** The pod and container whose log tells more; nothing where there is no log. */
  readonly pod?: string;
  readonly container?: string;
  /** True where the log is of the container before its restart. */
  readonly previous: boolean;
  /** Last lines of that log. */
  readonly log?: string;
  /** The event that goes with it, `Reason: message`. */
  readonly event?: string;
  /** Objects that cannot be ready because of this one. */
  readonly followers: readonly string[];
  /** The object whose failure this one follows from. */
  readonly follows?: string;
};

/** Place of a cause in the order of causes. */
export function causeRank(cause: Cause): number {
  return Object.keys(CAUSES).indexOf(cause);
}

/** The message on one line, whole: a secret that is cut in two would not be found in it. */
export function oneLine(text: string): string {
  return (
    text
      .trim()
      .replaceAll(/\s*\n\s*/g, " ")
      // Of the scheduler, what is about other pods that could make room.
      .replace(/ (no new claims to deallocate|preemption: \d).*$/, "")
      // The kubelet's names of pods, which stand beside.
      .replaceAll(/ (?:in pod |pod=)"?[\w.-]+_[\w.-]+\([-0-9a-f]+\)"?| \(pod: "[^"]*", container: [\w.-]+\)/gi, "")
  );
}

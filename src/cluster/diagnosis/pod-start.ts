/** Pods whose containers are not made: no node, no volume, no sandbox, no image, no setting, or taken away by the node. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { type Cause, oneLine } from "./cause.ts";
import { type ContainerView, eventsAbout } from "./container.ts";
import { conditionOf, timesOf, type Workload } from "./snapshot.ts";
import { type Finality, type Symptom, symptomOf, symptomOfContainer } from "./symptom.ts";

/** A pod, what it is part of, its events and the moment. */
export type PodView = {
  readonly pod: unknown;
  readonly workload: Workload;
  readonly events: readonly unknown[];
  /** Milliseconds since 1970, by the cluster's clock. */
  readonly now: number;
  /** The cluster's nodes, where they were asked for. */
  readonly nodes: readonly unknown[];
};

/** Time for objects that are applied together to be there, and for scheduler and kubelet to try again, in milliseconds. */
const SETTLED = 3000;

/** A pod that no node has taken. */
export function unscheduled({ pod, workload, events, now, nodes }: PodView): Symptom | undefined {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (textAt(scheduled, "reason") !== "Unschedulable") return undefined;
  const message = textAt(scheduled, "message");
  // The claim itself says why it is not bound.
  if (message.includes("unbound immediate PersistentVolumeClaims")) return undefined;
  const isSettled = now - Date.parse(textAt(scheduled, "lastTransitionTime")) >= SETTLED;
  const event = events.findLast((each) => textAt(each, "reason") === "FailedScheduling");
  const finality = isSettled && !isNodeComing(message) ? "now" : "later";
  const cause = placementCause(message);
  const reason = [oneLine(message), ...nodes.flatMap((node) => nodeNote(node, cause))].join("; ");
  return symptomOf(workload, { cause, reason, finality, event });
}

/** What of a node keeps pods away, which the scheduler does not say. */
function nodeNote(node: unknown, cause: Cause): string[] {
  const name = `node ${textAt(node, "metadata", "name")}`;
  if (cause === "unschedulable-taint") {
    const taints = itemsAt(node, "spec", "taints").map((taint) => {
      const [key, value, effect] = ["key", "value", "effect"].map((part) => textAt(taint, part));
      return `${key}${value === "" ? "" : `=${value}`}:${effect}`;
    });
    return taints.length === 0 ? [] : [`${name} has the taint ${taints.join(", ")}`];
  }
  if (cause !== "unschedulable-resources") return [];
  const has = (what: string) => `${textAt(node, "status", "allocatable", what)} ${what}`;
  return [`${name} has ${has("cpu")}, ${has("memory")}`];
}

/** A pod that the node has refused or thrown out. */
export function takenAway({ pod, workload }: PodView): Symptom | undefined {
  const reason = textAt(pod, "status", "reason");
  if (textAt(pod, "status", "phase") !== "Failed" || reason === "" || reason === "DeadlineExceeded") return undefined;
  const message = textAt(pod, "status", "message");
  const cause: Cause = reason === "Evicted" ? "evicted" : "rejected-by-node";
  // A limit of its own is met again by the next pod; the node's pressure may go.
  const isOwnLimit = /exceed/i.test(message);
  return symptomOf(workload, { cause, reason: `${reason}: ${message}`, finality: isOwnLimit ? "now" : "alone" });
}

/** A pod on a node, of which no container is made: its volumes or its sandbox. */
export function unprepared({ pod, workload, events, now }: PodView): Symptom | undefined {
  if (textAt(pod, "status", "phase") !== "Pending") return undefined;
  const mount = events.findLast((event) => ["FailedMount", "FailedAttachVolume"].includes(textAt(event, "reason")));
  if (mount !== undefined && !isKubeletLate(textAt(mount, "message"))) {
    const finality = isOlder(mount, now) ? "now" : "later";
    return symptomOf(workload, {
      cause: "volume-not-mounted",
      reason: textAt(mount, "message"),
      finality,
      event: mount,
    });
  }
  const sandboxes = events.filter((event) => textAt(event, "reason") === "FailedCreatePodSandBox");
  const sandbox = sandboxes.at(-1);
  if (sandbox === undefined) return undefined;
  const reason = textAt(sandbox, "message");
  const tries = sandboxes.reduce((sum: number, event) => sum + timesOf(event), 0);
  // A runtime that is not configured stays so; a network that is not ready yet may come.
  const finality = reason.includes("no runtime for") || tries >= 3 ? "now" : "later";
  return symptomOf(workload, { cause: "sandbox-failed", reason, finality, event: sandbox });
}

/** A container that waits for what it is made of. */
export function unmade(view: PodView, container: ContainerView): Symptom | undefined {
  const { pod, workload } = view;
  const reason = container.waitingReason;
  const decide = WAITING[reason];
  if (decide === undefined) return undefined;
  const message = textAt(container.status, "state", "waiting", "message");
  const about = eventsAbout(container, view.events).filter((event) => textAt(event, "type") === "Warning");
  // Each failure has two events, and one of them only repeats the reason.
  const event = about.findLast((each) => !/^Error: \w+$/.test(textAt(each, "message")));
  const { cause, finality } = decide({ message, image: textAt(container.spec, "image"), container, view, about });
  const text = `${reason}: ${message || textAt(container.spec, "image")}`;
  return symptomOfContainer(workload, pod, container, { cause, reason: text, finality, event });
}

type Waiting = {
  readonly message: string;
  readonly image: string;
  readonly container: ContainerView;
  readonly view: PodView;
  readonly about: readonly unknown[];
};
type Decision = { readonly cause: Cause; readonly finality: Finality };

const WAITING: Readonly<Record<string, ((waiting: Waiting) => Decision) | undefined>> = {
  ErrImageNeverPull: () => ({ cause: "image-missing", finality: "now" }),
  InvalidImageName: () => ({ cause: "image-missing", finality: "now" }),
  ErrImagePull: notPulled,
  ImagePullBackOff: notPulled,
  CreateContainerConfigError: notConfigured,
  CreateContainerError: notStarted,
  RunContainerError: notStarted,
};

/** What a registry has refused stays refused; what failed on the way gets three tries. */
function notPulled({ message, about }: Waiting): Decision {
  const isRefused =
    /not found|manifest unknown|no such host|unauthorized|denied|forbidden|\b40[134]\b|invalid reference|no match for platform/i;
  const tries = about.filter((event) => textAt(event, "message").startsWith("Failed to pull"));
  // While it backs off, an older kubelet says only that.
  const said = `${message} ${textAt(tries.at(-1), "message")}`;
  const times = tries.reduce((sum: number, event) => sum + timesOf(event), 0);
  return { cause: "image-missing", finality: isRefused.test(said) || times >= 3 ? "now" : "later" };
}

/** What is applied together may come in any order; a user in the image does not. */
function notConfigured({ message, view, about }: Waiting): Decision {
  if (/runAsNonRoot|non-numeric user|run as root/.test(message)) return { cause: "user-refused", finality: "now" };
  const first = about.find((event) => textAt(event, "message").includes(message));
  const isSettled = first === undefined ? isOld(view) : isOlder(first, view.now);
  return { cause: "config-missing", finality: isSettled ? "now" : "later" };
}

function notStarted({ message, container }: Waiting): Decision {
  return { cause: "cannot-start", finality: isBeyondRepair(message) || container.ends >= 2 ? "now" : "later" };
}

/** True where a program is not there, or is none for this machine or this user. */
export function isBeyondRepair(message: string): boolean {
  return /no such file or directory|permission denied|exec format error|executable file not found|is a directory/.test(
    message,
  );
}

function placementCause(message: string): Cause {
  if (/persistentvolumeclaim "[^"]*" not found/.test(message)) return "claim-missing";
  if (/Insufficient|Too many pods|exceed max volume/.test(message)) return "unschedulable-resources";
  if (message.includes("untolerated taint")) return "unschedulable-taint";
  return "unschedulable-placement";
}

/** A node that has just come has this taint until it is ready. */
function isNodeComing(message: string): boolean {
  return /no nodes available|node\.kubernetes\.io\/(not-ready|network-unavailable)|node\.cloudprovider\.kubernetes\.io\/uninitialized/.test(
    message,
  );
}

/**
 * The kubelet asks for what a new pod needs a moment after it was told of the pod, and the API server lets it read that when it
 * has heard of the pod itself: what a pod names and there is not is "not found". Source: Kubernetes, "Using Node Authorization".
 */
function isKubeletLate(message: string): boolean {
  return /not registered|failed to sync \S+ cache|kube-root-ca\.crt" not found|no relationship found between node/.test(
    message,
  );
}

function isOlder(event: unknown, now: number): boolean {
  const first = textAt(event, "firstTimestamp") || textAt(event, "eventTime");
  return now - Date.parse(first) >= SETTLED;
}

function isOld({ pod, now }: PodView): boolean {
  const started = valueAt(pod, "status", "startTime");
  return typeof started === "string" && now - Date.parse(started) >= SETTLED;
}

/** Decides in which order an upgrade did its work: Jobs such as migrations, and the first pods that need what they have done. */
import { itemsAt, textAt } from "../charts/json.ts";

/** A Job that completed during an upgrade. */
export type JobOrder = {
  /** Namespace and name. */
  readonly job: string;
  /** Whole seconds from its end until the first new pods of a Deployment were made; below 0 where these came first. */
  readonly secondsBeforePods: number;
};

/** What of a namespace tells the order: Jobs that were hooks are gone, and events tell of them. */
export const ORDER_KINDS = "events,replicasets";

/**
 * Finds the Jobs that an upgrade ran, and when; none where no Deployment has got new pods.
 *
 * @param before Objects of ORDER_KINDS as a list, before the upgrade.
 * @param after The same, after it.
 */
export function jobsOfUpgrade(before: unknown, after: unknown): JobOrder[] {
  const known = new Set(itemsAt(before, "items").map((item) => textAt(item, "metadata", "uid")));
  const made = itemsAt(after, "items").filter((item) => !known.has(textAt(item, "metadata", "uid")));
  const pods = made
    .filter((item) => textAt(item, "kind") === "ReplicaSet")
    .map((item) => Date.parse(textAt(item, "metadata", "creationTimestamp")));
  if (pods.length === 0) return [];
  return made.filter(isCompletion).map((event) => {
    const name = ["namespace", "name"].map((key) => textAt(event, "involvedObject", key)).join("/");
    const ended = Date.parse(textAt(event, "lastTimestamp"));
    return { job: name, secondsBeforePods: Math.round((Math.min(...pods) - ended) / 1000) };
  });
}

/** Says it in words. */
export function describeOrder({ job, secondsBeforePods }: JobOrder): string {
  const [word, seconds] = secondsBeforePods < 0 ? ["after", -secondsBeforePods] : ["before", secondsBeforePods];
  return `upgrade: Job ${job} completed ${seconds} s ${word} the first new pods were made`;
}

function isCompletion(item: unknown): boolean {
  return (
    textAt(item, "kind") === "Event" &&
    textAt(item, "involvedObject", "kind") === "Job" &&
    textAt(item, "reason") === "Completed"
  );
}

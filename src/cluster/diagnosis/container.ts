/** One container of a pod as the rules read it: its state, how often it ended, and what of it is declared. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { countAt } from "./snapshot.ts";

/** A container, its status and its declaration. */
export type ContainerView = {
  readonly name: string;
  /** True for an init container that has to end before the others start. */
  readonly isInit: boolean;
  readonly spec: unknown;
  readonly status: unknown;
  /** How often it has ended, restarts counted. */
  readonly ends: number;
  /** How it ended the last time; undefined where it never did. */
  readonly lastEnd: unknown;
  /** Why it waits; "" where it does not. */
  readonly waitingReason: string;
  /** When it was started, where it runs now; NaN where it does not. */
  readonly runningSince: number;
};

/** The containers of a pod that the kubelet has told of, those first that start first. */
export function containersOf(pod: unknown): ContainerView[] {
  return [
    ...viewsOf(pod, "initContainers", "initContainerStatuses"),
    ...viewsOf(pod, "containers", "containerStatuses"),
  ];
}

/** True for a pod that serves, or has done its work. */
export function isPodReady(pod: unknown): boolean {
  if (textAt(pod, "status", "phase") === "Succeeded") return true;
  return itemsAt(pod, "status", "conditions").some(
    (each) => textAt(each, "type") === "Ready" && textAt(each, "status") === "True",
  );
}

/** The events that are about one container of a pod. */
export function eventsAbout(container: ContainerView, events: readonly unknown[]): readonly unknown[] {
  return events.filter((event) => {
    const field = textAt(event, "involvedObject", "fieldPath");
    return field.endsWith(`{${container.name}}`);
  });
}

function viewsOf(pod: unknown, specs: string, statuses: string): ContainerView[] {
  return itemsAt(pod, "status", statuses).map((status) => {
    const name = textAt(status, "name");
    const spec = itemsAt(pod, "spec", specs).find((each) => textAt(each, "name") === name);
    const ended = valueAt(status, "state", "terminated");
    const lastEnd = ended ?? valueAt(status, "lastState", "terminated");
    const isDown = ended !== undefined || (valueAt(status, "state", "waiting") !== undefined && lastEnd !== undefined);
    return {
      name,
      // An init container that is restarted always serves beside the others.
      isInit: specs === "initContainers" && textAt(spec, "restartPolicy") !== "Always",
      spec,
      status,
      ends: countAt(status, "restartCount") + (isDown ? 1 : 0),
      lastEnd,
      waitingReason: textAt(status, "state", "waiting", "reason"),
      runningSince: Date.parse(textAt(status, "state", "running", "startedAt")),
    };
  });
}

/** What a rule sees in one object: a diagnosis, and what would have to happen for the object to heal. */
import { textAt } from "../../charts/json.ts";
import { CAUSES, type Cause, type Diagnosis, oneLine } from "./cause.ts";
import type { ContainerView } from "./container.ts";
import type { PodLog } from "./logs.ts";
import { nameOf, namespaceOf, type Workload } from "./snapshot.ts";

/**
 * When a symptom is final:
 * - `now`: nothing that happens by itself heals it.
 * - `alone`: it may wait for something that is not known; final when nothing else of the namespace is still starting.
 * - `dependency`: its log names something that it cannot reach; final when that is ready, or will never be.
 * - `later`: not yet; the object gets another try.
 */
export type Finality = "now" | "alone" | "dependency" | "later";

/** What a rule sees in one object. */
export type Symptom = {
  readonly workload: Workload;
  readonly diagnosis: Diagnosis;
  readonly finality: Finality;
  /** The line that names what cannot be reached, and the name in it that leads nowhere. */
  readonly line?: string;
  readonly unknownHost?: string;
  /** When the try began that failed last, in milliseconds; what became ready later could not help it. */
  readonly triedAt?: number;
};

/** What a symptom is made of, besides the workload. */
export type SymptomParts = {
  readonly cause: Cause;
  readonly reason: string;
  readonly finality: Finality;
  readonly nextStep?: string;
  readonly event?: unknown;
  readonly log?: PodLog;
  readonly line?: string;
  readonly unknownHost?: string;
  readonly triedAt?: number;
};

/** A symptom of a workload itself, or of what belongs to it. */
export function symptomOf(workload: Workload, parts: SymptomParts): Symptom {
  const { cause, reason, finality, nextStep = CAUSES[cause], event, log, line, unknownHost, triedAt } = parts;
  const diagnosis: Diagnosis = {
    ...{ cause, nextStep, namespace: workload.namespace, object: `${workload.kind} ${workload.name}` },
    ...{ reason: oneLine(reason), previous: log?.previous ?? false, followers: [] },
    ...(event === undefined ? {} : { event: eventLine(event) }),
    ...(log === undefined ? {} : { pod: log.pod, container: log.container, log: log.text }),
  };
  return {
    ...{ workload, diagnosis, finality },
    ...(line === undefined ? {} : { line }),
    ...(unknownHost === undefined ? {} : { unknownHost }),
    ...(triedAt === undefined ? {} : { triedAt }),
  };
}

/** A symptom of a container: it names the container, and where its log is. */
export function symptomOfContainer(
  workload: Workload,
  pod: unknown,
  container: ContainerView,
  parts: SymptomParts,
): Symptom {
  const kind = container.isInit ? "init container" : "container";
  const symptom = symptomOf(workload, { ...parts, reason: `${kind} ${container.name}: ${parts.reason}` });
  const where = { pod: textAt(pod, "metadata", "name"), container: container.name };
  return { ...symptom, diagnosis: { ...symptom.diagnosis, ...where } };
}

/** A symptom of an object that is no workload: it is named itself. */
export function symptomOfObject(object: unknown, parts: SymptomParts): Symptom {
  const [kind, name] = [textAt(object, "kind"), textAt(object, "metadata", "name")];
  const uid = textAt(object, "metadata", "uid");
  const symptom = symptomOf({ kind, name, uid, namespace: namespaceOf(object), object }, parts);
  return { ...symptom, diagnosis: { ...symptom.diagnosis, object: nameOf(object) } };
}

/** An event in one line. */
export function eventLine(event: unknown): string {
  return oneLine(`${textAt(event, "reason")}: ${textAt(event, "message")}`);
}

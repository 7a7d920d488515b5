/** Who needs whom: the names and addresses in logs and declarations, followed through Services to workloads. */
import { entriesAt, itemsAt, textAt, textsAt, valueAt } from "../../charts/json.ts";
import { claimsOf } from "./controller.ts";
import { lastLogOf, type PodLog, readLog } from "./logs.ts";
import { namespaceOf, selects, type Snapshot, type Workload } from "./snapshot.ts";
import type { Symptom } from "./symptom.ts";

/** What a text or a workload needs. */
export type Needs = {
  readonly workloads: readonly Workload[];
  /** Services that are named and have no pods. */
  readonly empty: readonly string[];
};

/** Answers who needs whom in one snapshot. */
export type Dependencies = {
  /** What a workload needs: by what cannot be reached, as its symptom or log says, else by what it declares. */
  readonly needsOf: (workload: Workload, symptom: Symptom | undefined) => Needs;
  /** Workloads that mount a claim. */
  readonly usersOf: (claim: Symptom) => readonly Workload[];
};

const NOTHING: Needs = { workloads: [], empty: [] };

/** Finds out who needs whom. */
export function dependenciesIn(snapshot: Snapshot, logs: readonly PodLog[]): Dependencies {
  const find = finder(snapshot);
  const known = new Map<string, Needs>();
  const needsOf = (workload: Workload, symptom: Symptom | undefined): Needs => {
    const found = known.get(workload.uid);
    if (found !== undefined) return found;
    const needs = findNeeds(workload, symptom);
    known.set(workload.uid, needs);
    return needs;
  };
  const findNeeds = (workload: Workload, symptom: Symptom | undefined): Needs => {
    const line = symptom?.line ?? complaintOf(logs, workload);
    const said = line === undefined ? NOTHING : find(workload, line);
    if (said.workloads.length > 0 || said.empty.length > 0) return said;
    const pod = snapshot.podsOf(workload)[0] ?? valueAt(workload.object, "spec", "template");
    return find(workload, declaredOf(pod).join("\n"));
  };
  const usersOf = ({ diagnosis, workload: claim }: Symptom): Workload[] => {
    if (diagnosis.cause !== "claim-not-bound") return [];
    return snapshot.workloads.filter(
      (each) =>
        each.namespace === claim.namespace && snapshot.podsOf(each).some((pod) => claimsOf(pod).includes(claim.name)),
    );
  };
  return { needsOf, usersOf };
}

/** Follows the names and addresses in a text to what is behind them; a workload does not need itself. */
function finder(snapshot: Snapshot): (workload: Workload, text: string) => Needs {
  const services = new Map<string, unknown>();
  for (const service of snapshot.ofKind("Service")) {
    const [name, namespace] = [textAt(service, "metadata", "name"), namespaceOf(service)];
    services.set(`${name}.${namespace}`, service);
    const address = textAt(service, "spec", "clusterIP");
    if (address !== "" && address !== "None") services.set(address, service);
  }
  const pods = new Map(snapshot.ofKind("Pod").map((pod) => [textAt(pod, "status", "podIP"), pod]));
  return (workload, text) => {
    const workloads = new Map<string, Workload>();
    const empty = new Set<string>();
    for (const token of text.match(/[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?/g) ?? []) {
      const pod = /^\d+\./.test(token) ? pods.get(token) : undefined;
      if (pod !== undefined) add(workloads, snapshot.workloadOf(pod));
      const service = serviceNamed(services, token, workload.namespace);
      if (service === undefined) continue;
      const behind = workloadsBehind(snapshot, service);
      behind.forEach((each) => {
        add(workloads, each);
      });
      if (behind.length === 0) empty.add(textAt(service, "metadata", "name"));
    }
    workloads.delete(workload.uid);
    return { workloads: [...workloads.values()], empty: [...empty] };
  };
}

function add(workloads: Map<string, Workload>, workload: Workload): void {
  workloads.set(workload.uid, workload);
}

/** `service`, `service.namespace`, `service.namespace.svc...`, the same behind the name of a pod, or an address. */
function serviceNamed(services: ReadonlyMap<string, unknown>, token: string, namespace: string): unknown {
  const [first = "", second, third] = token.split(".");
  return (
    services.get(token) ??
    (second === undefined ? services.get(`${first}.${namespace}`) : services.get(`${first}.${second}`)) ??
    (third === undefined ? services.get(`${second ?? ""}.${namespace}`) : services.get(`${second ?? ""}.${third}`))
  );
}

function workloadsBehind(snapshot: Snapshot, service: unknown): Workload[] {
  const selector = textsAt(service, "spec", "selector");
  return snapshot.workloads.filter(({ namespace, object, kind }) => {
    const template = kind === "Pod" ? object : valueAt(object, "spec", "template");
    return namespace === namespaceOf(service) && selects(selector, template);
  });
}

/** The newest line of a workload's logs that says that something cannot be reached. */
function complaintOf(logs: readonly PodLog[], workload: Workload): string | undefined {
  const own = lastLogOf(logs, workload);
  const evidence = own === undefined ? undefined : readLog(own.text);
  return evidence?.kind === "dependency" ? evidence.line : undefined;
}

/** Texts that are written in a pod: commands, arguments and settings. */
function declaredOf(pod: unknown): string[] {
  return [...itemsAt(pod, "spec", "initContainers"), ...itemsAt(pod, "spec", "containers")].flatMap((container) => [
    ...itemsAt(container, "command").map(String),
    ...itemsAt(container, "args").map(String),
    ...itemsAt(container, "env").flatMap((variable) =>
      entriesAt(variable).length > 0 ? [textAt(variable, "value")] : [],
    ),
  ]);
}

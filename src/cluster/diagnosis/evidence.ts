/** What is kept of a failure, to be read later: which commands tell it, and the files that their answers go to. */
import type { Diagnosis } from "./cause.ts";

/** One file of evidence. */
export type Evidence = {
  /** Place of the file: folders for namespace and object. */
  readonly file: string;
  /** Words for kubectl that print it. */
  readonly words: readonly string[];
};

/** Lists the evidence for diagnoses: their objects and pods, described and whole, logs, and all events. Never Secrets. */
export function evidenceFor(diagnoses: readonly Diagnosis[]): Evidence[] {
  const namespaces = [...new Set(diagnoses.map(({ namespace }) => namespace))].filter((name) => name !== "");
  const all = [...namespaces.flatMap(ofNamespace), ...diagnoses.flatMap(ofDiagnosis), ...OF_CLUSTER];
  return [...new Map(all.map((evidence) => [evidence.file, evidence])).values()];
}

const OF_CLUSTER: readonly Evidence[] = [
  { file: "nodes.txt", words: ["describe", "nodes"] },
  { file: "pods.txt", words: ["get", "pods", "--all-namespaces", "--output=wide"] },
];

function ofNamespace(namespace: string): Evidence[] {
  const scope = ["--namespace", namespace];
  return [
    { file: `${namespace}/events.txt`, words: ["get", "events", ...scope, "--sort-by=.lastTimestamp"] },
    { file: `${namespace}/objects.txt`, words: ["get", "all,persistentvolumeclaims", ...scope, "--output=wide"] },
    { file: `${namespace}/quotas.txt`, words: ["describe", "resourcequotas,limitranges", ...scope] },
  ];
}

function ofDiagnosis({ namespace, object, pod, container }: Diagnosis): Evidence[] {
  const [kind = "", name = ""] = object.toLowerCase().split(" ");
  if (namespace === "") return [];
  const target = `${kind}/${name}`;
  return [...statesOf(namespace, target), ...(pod === undefined ? [] : ofPod(namespace, pod, container))];
}

function ofPod(namespace: string, pod: string, container: string | undefined): Evidence[] {
  const logs = ["logs", pod, "--namespace", namespace, "--timestamps", "--tail=2000"];
  const folder = `${namespace}/pod-${pod}`;
  const own = container === undefined ? ["--all-containers"] : ["--container", container];
  return [
    ...statesOf(namespace, `pod/${pod}`),
    { file: `${folder}/log.txt`, words: [...logs, ...own] },
    { file: `${folder}/log-previous.txt`, words: [...logs, ...own, "--previous"] },
  ];
}

function statesOf(namespace: string, target: string): Evidence[] {
  const folder = `${namespace}/${target.replace("/", "-")}`;
  const scope = ["--namespace", namespace];
  return [
    { file: `${folder}/describe.txt`, words: ["describe", target, ...scope] },
    { file: `${folder}/object.yaml`, words: ["get", target, ...scope, "--output=yaml"] },
  ];
}

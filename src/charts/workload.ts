/** Finds the pods that a render makes: those of workloads, hooks and tests, in one form for all rules. */
import { itemsAt, type JsonPath, textsAt, textAt, valueAt } from "./json.ts";
import type { Manifest } from "./manifest.ts";

/** A pod that some object makes. */
export type Workload = {
  readonly manifest: Manifest;
  /** Labels that its pods carry. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The pod's spec, and where it stands in the object. */
  readonly spec: unknown;
  readonly specPath: JsonPath;
  /** Events of helm that run it, such as pre-install and test; none for an ordinary workload. */
  readonly hooks: readonly string[];
};

/** A container of a pod and where it stands in the object. */
export type Container = {
  readonly name: string;
  readonly kind: "container" | "init container";
  readonly value: unknown;
  readonly path: JsonPath;
};

const POD_TEMPLATES: Readonly<Record<string, JsonPath>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Label that says which part of a system a pod is. Source: Kubernetes, "Recommended Labels". */
export const COMPONENT_LABEL = "app.kubernetes.io/component";

/** All pods that the manifests make, in their order. */
export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template = POD_TEMPLATES[manifest.kind];
    if (template === undefined) return [];
    const pod = valueAt(manifest.body, ...template);
    return [
      {
        manifest,
        labels: textsAt(pod, "metadata", "labels"),
        annotations: textsAt(pod, "metadata", "annotations"),
        spec: valueAt(pod, "spec"),
        specPath: [...template, "spec"],
        hooks: hooksOf(manifest),
      },
    ];
  });
}

/** Containers and init containers of a pod. */
export function containersOf({ spec, specPath }: Workload): Container[] {
  const lists = [
    { key: "initContainers", kind: "init container" },
    { key: "containers", kind: "container" },
  ] as const;
  return lists.flatMap(({ key, kind }) =>
    itemsAt(spec, key).map((value, index) => {
      return { name: textAt(value, "name"), kind, value, path: [...specPath, key, index] };
    }),
  );
}

/** Events of helm that create an object; none where helm creates it with the release. */
export function hooksOf({ annotations }: Manifest): string[] {
  return (annotations["helm.sh/hook"] ?? "")
    .split(",")
    .map((event) => event.trim())
    .filter((event) => event !== "");
}

/** Extracts the fields of an object that Kubernetes lets no upgrade change. How they are recorded is immutable-fields.ts. */
import { createHash } from "node:crypto";

import { itemsAt, type JsonPath, textAt, valueAt } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import { hooksOf } from "./workload.ts";

/** Fields by their path in the object, with their values. */
export type ImmutableValues = Readonly<Record<string, unknown>>;

/** A field, the value that the API server takes where the object says nothing, and its form in the record. */
type Field = { readonly path: string; readonly otherwise?: unknown; readonly as?: (value: unknown) => unknown };

/**
 * Fields that the API server refuses to change, by kind. Source: kubernetes/kubernetes, the functions Validate...Update of
 * pkg/apis/{apps,batch,core,discovery,networking,node,rbac,scheduling,storage}/validation/validation.go and of
 * staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go.
 */
const FIELDS: Readonly<Record<string, readonly Field[]>> = {
  Deployment: [{ path: "spec.selector" }],
  ReplicaSet: [{ path: "spec.selector" }],
  DaemonSet: [{ path: "spec.selector" }],
  StatefulSet: [
    { path: "spec.selector" },
    { path: "spec.serviceName", otherwise: "" },
    { path: "spec.podManagementPolicy", otherwise: "OrderedReady" },
    { path: "spec.volumeClaimTemplates", otherwise: [], as: claimTemplates },
  ],
  Job: [
    { path: "spec.selector" },
    { path: "spec.completionMode", otherwise: "NonIndexed" },
    { path: "spec.template", as: digestOf },
  ],
  PersistentVolumeClaim: [
    { path: "spec.accessModes" },
    { path: "spec.storageClassName" },
    { path: "spec.volumeMode", otherwise: "Filesystem" },
    { path: "spec.volumeName" },
    { path: "spec.selector" },
    { path: "spec.dataSource" },
    { path: "spec.dataSourceRef" },
    { path: "spec.resources.requests.storage" },
  ],
  // A type that has no address of its own is left out below.
  Service: [
    { path: "spec.clusterIP", otherwise: "" },
    { path: "spec.loadBalancerClass" },
    // A second family may come and go.
    { path: "spec.ipFamilies", as: (families) => itemsAt(families).slice(0, 1) },
  ],
  Secret: [{ path: "type", otherwise: "Opaque" }, { path: "immutable" }],
  ConfigMap: [{ path: "immutable" }],
  StorageClass: [
    { path: "provisioner" },
    { path: "parameters" },
    { path: "reclaimPolicy", otherwise: "Delete" },
    { path: "volumeBindingMode", otherwise: "Immediate" },
  ],
  VolumeAttributesClass: [{ path: "driverName" }, { path: "parameters" }],
  PriorityClass: [{ path: "value" }, { path: "preemptionPolicy", otherwise: "PreemptLowerPriority" }],
  RuntimeClass: [{ path: "handler" }],
  IngressClass: [{ path: "spec.controller" }],
  RoleBinding: [{ path: "roleRef" }],
  ClusterRoleBinding: [{ path: "roleRef" }],
  EndpointSlice: [{ path: "addressType" }],
  CustomResourceDefinition: [
    { path: "spec.group" },
    { path: "spec.scope" },
    { path: "spec.names.kind" },
    { path: "spec.names.plural" },
  ],
};

/** The one field that may grow and not shrink: what a claim asks for. */
export const GROWING = "spec.resources.requests.storage";

/**
 * The immutable fields of an object with their values; none for a hook, which helm deletes and makes anew, and for kinds
 * of which everything can be changed.
 */
export function immutableValues(manifest: Manifest): ImmutableValues {
  if (hooksOf(manifest).length > 0) return {};
  const fields = (FIELDS[manifest.kind] ?? []).flatMap(
    ({ path, otherwise, as = (value) => value }): [string, unknown][] => {
      const value = valueAt(manifest.body, ...path.split(".")) ?? otherwise;
      return value === undefined || value === false ? [] : [[path, as(value)]];
    },
  );
  return Object.fromEntries([...fields.filter(([path]) => !isFree(manifest, path)), ...frozenData(manifest)]);
}

/** A Service changes between its types freely, and one that names another host has no address. */
function isFree({ kind, body }: Manifest, path: string): boolean {
  return kind === "Service" && path === "spec.clusterIP" && textAt(body, "spec", "type") === "ExternalName";
}

/** Content of a ConfigMap or Secret that says that it is immutable; as a digest, for it can be long and secret. */
function frozenData({ kind, body }: Manifest): [string, unknown][] {
  if ((kind !== "ConfigMap" && kind !== "Secret") || valueAt(body, "immutable") !== true) return [];
  return ["data", "stringData", "binaryData"].flatMap((field): [string, unknown][] => {
    const value = valueAt(body, field);
    return value === undefined ? [] : [[field, digestOf(value)]];
  });
}

/** What of a claim template counts: kind and apiVersion are always the same, and a status says nothing. */
function claimTemplates(templates: unknown): unknown {
  return itemsAt(templates).map((claim) => {
    const spec = valueAt(claim, "spec");
    const volumeMode = valueAt(spec, "volumeMode") ?? "Filesystem";
    const metadata = valueAt(claim, "metadata");
    return { metadata, spec: typeof spec === "object" && spec !== null ? { ...spec, volumeMode } : spec };
  });
}

/** A digest that does not depend on the order of keys. */
function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, 16)}`;
}

/** The same value with the keys of all its maps in order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Path of a field as a list of keys. */
export function fieldPath(path: string): JsonPath {
  return path.split(".");
}

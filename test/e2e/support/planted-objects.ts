/** What plants are made of: the smallest objects that show a failure. */
import type { Cause } from "../../../src/cluster/diagnosis/cause.ts";

/** Image that no registry has. */
export const PLANTED = "registry.invalid/planted:sha-1";

/** Any JSON object of a manifest. */
export type Json = Readonly<Record<string, unknown>>;

/** A failure, or a slow start, in a namespace of its own. */
export type Plant = {
  /** Name of the namespace. */
  readonly name: string;
  /** What must be named first; nothing where everything comes up by itself. */
  readonly cause: Cause | undefined;
  /** Object that must be named first. */
  readonly object: string;
  /** What the line must say besides. */
  readonly says: RegExp;
  readonly labels?: Readonly<Record<string, string>>;
  readonly objects: readonly Json[];
};

/** What the strictest policy of pods asks of a container. */
export const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 10001,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** A container of the planted program. */
export function container(args: readonly string[], more: Json = {}): Json {
  const base = { name: "main", image: PLANTED, imagePullPolicy: "Never", securityContext: RESTRICTED };
  return { ...base, args, ...more };
}

/** A pod of one container that ends at once when told. */
export function podSpec(main: Json, more: Json = {}): Json {
  return { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [main], ...more };
}

/** A Deployment of one pod. */
export function deployment(name: string, spec: Json, more: Json = {}): Json {
  const labels = { app: name };
  const template = { metadata: { labels }, spec };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template, ...more },
  };
}

/** A Job that tries once. */
export function job(name: string, spec: Json, more: Json = {}, annotations: Json = {}): Json {
  const template = { spec: { restartPolicy: "Never", ...spec } };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, annotations },
    spec: { backoffLimit: 0, template, ...more },
  };
}

/** The Service of a Deployment of the same name. */
export function service(name: string, port: number): Json {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port }] },
  };
}

/** A claim for a volume. */
export function claim(name: string, more: Json): Json {
  const resources = { requests: { storage: "16Mi" } };
  const spec = { accessModes: ["ReadWriteOnce"], resources, ...more };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec };
}

/** The volume that containers mount. */
export const volumeOf = (source: Json) => [{ name: "data", ...source }];
/** Mounts the volume. */
export const mountAt = (mountPath: string) => ({ volumeMounts: [{ name: "data", mountPath }] });
/** A probe of the program, each second. */
export const probe = (path: string, more: Json = {}) => ({ httpGet: { path, port: 8080 }, periodSeconds: 1, ...more });
/** What a program that works does. */
export const SERVE = ["serve", "8080"];

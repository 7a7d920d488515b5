/** Lists what a pod needs to exist before it can start: its ServiceAccount, ConfigMaps, Secrets and claims. */
import { entriesAt, itemsAt, type JsonPath, textAt, valueAt } from "../json.ts";
import type { ChartRender } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import type { Workload } from "../workload.ts";

/** Kinds of objects that a pod refers to. */
export type ReferenceKind = "ServiceAccount" | "ConfigMap" | "Secret" | "PersistentVolumeClaim";

/** One reference to an object of the same namespace. */
export type Reference = {
  readonly kind: ReferenceKind;
  readonly name: string;
  /** Where the name stands in the object. */
  readonly path: JsonPath;
  /** Keys that it needs of a ConfigMap or Secret; none where it takes what there is. */
  readonly keys: readonly string[];
  /** True where the pod says that it runs without it, too. */
  readonly optional: boolean;
};

/** All references of a pod. */
export function referencesOf({ spec, specPath }: Workload): Reference[] {
  const found: Reference[] = [];
  const add = (kind: ReferenceKind, path: JsonPath, keys: readonly string[] = []) => {
    const name = textAt(spec, ...path);
    const optional = valueAt(spec, ...path.slice(0, -1), "optional") === true;
    if (name !== "") found.push({ kind, name, path: [...specPath, ...path], keys, optional });
  };
  add("ServiceAccount", ["serviceAccountName"]);
  itemsAt(spec, "imagePullSecrets").forEach((_, index) => {
    add("Secret", ["imagePullSecrets", index, "name"]);
  });
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) {
    itemsAt(spec, list).forEach((container, index) => {
      for (const { kind, path, keys } of containerReferences(container)) add(kind, [list, index, ...path], keys);
    });
  }
  itemsAt(spec, "volumes").forEach((volume, index) => {
    for (const { kind, path, keys } of volumeReferences(volume)) add(kind, ["volumes", index, ...path], keys);
  });
  return found;
}

type Place = Pick<Reference, "kind" | "path" | "keys">;

function containerReferences(container: unknown): Place[] {
  const variables = itemsAt(container, "env").flatMap((variable, index) => {
    const at = (field: string, kind: ReferenceKind): Place[] => {
      const keys = [textAt(variable, "valueFrom", field, "key")].filter((key) => key !== "");
      return [{ kind, path: ["env", index, "valueFrom", field, "name"], keys }];
    };
    return [...at("configMapKeyRef", "ConfigMap"), ...at("secretKeyRef", "Secret")];
  });
  const sources = itemsAt(container, "envFrom").flatMap((_, index): Place[] => [
    { kind: "ConfigMap", path: ["envFrom", index, "configMapRef", "name"], keys: [] },
    { kind: "Secret", path: ["envFrom", index, "secretRef", "name"], keys: [] },
  ]);
  return [...variables, ...sources];
}

function volumeReferences(volume: unknown): Place[] {
  const projected = itemsAt(volume, "projected", "sources").flatMap((source, index): Place[] =>
    (["configMap", "secret"] as const).map((field) => {
      const path = ["projected", "sources", index, field, "name"];
      return { kind: field === "secret" ? "Secret" : "ConfigMap", path, keys: itemKeys(source, field) };
    }),
  );
  return [
    { kind: "ConfigMap", path: ["configMap", "name"], keys: itemKeys(volume, "configMap") },
    { kind: "Secret", path: ["secret", "secretName"], keys: itemKeys(volume, "secret") },
    { kind: "Secret", path: ["csi", "nodePublishSecretRef", "name"], keys: [] },
    { kind: "PersistentVolumeClaim", path: ["persistentVolumeClaim", "claimName"], keys: [] },
    ...projected,
  ];
}

function itemKeys(source: unknown, field: string): string[] {
  return itemsAt(source, field, "items").map((item) => textAt(item, "key"));
}

/** What an object brings into being, by kind and name: itself, or the Secret that an operator makes for it. */
export function deliveredBy(manifest: Manifest): { readonly kind: string; readonly name: string }[] {
  const own = { kind: manifest.kind, name: manifest.name };
  switch (manifest.kind) {
    case "Certificate":
      return [own, { kind: "Secret", name: textAt(manifest.body, "spec", "secretName") }];
    case "ExternalSecret":
      return [own, { kind: "Secret", name: textAt(manifest.body, "spec", "target", "name") || manifest.name }];
    case "SealedSecret":
      return [
        own,
        { kind: "Secret", name: textAt(manifest.body, "spec", "template", "metadata", "name") || manifest.name },
      ];
    default:
      return [own];
  }
}

/** Objects of the render that bring about what a reference names, in the namespace of the object that refers. */
export function providersOf(render: ChartRender, user: Manifest, { kind, name }: Reference): readonly Manifest[] {
  const index = indexes.get(render) ?? indexOf(render);
  indexes.set(render, index);
  return index.get(`${kind} ${user.namespace || render.namespace}/${name}`) ?? [];
}

// Every reference of every pod is looked up, by more than one rule.
const indexes = new WeakMap<ChartRender, ReadonlyMap<string, readonly Manifest[]>>();

function indexOf({ manifests, namespace }: ChartRender): Map<string, Manifest[]> {
  const index = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    for (const { kind, name } of deliveredBy(manifest)) {
      const key = `${kind} ${manifest.namespace || namespace}/${name}`;
      const known = index.get(key);
      if (known === undefined) index.set(key, [manifest]);
      else known.push(manifest);
    }
  }
  return index;
}

/** Keys that a ConfigMap or Secret of the render has; undefined where they cannot be told. */
export function keysOf(manifest: Manifest): string[] | undefined {
  if (manifest.kind !== "ConfigMap" && manifest.kind !== "Secret") return undefined;
  return ["data", "stringData", "binaryData"].flatMap((field) => entriesAt(manifest.body, field).map(([key]) => key));
}

/** Objects that an object names and that are no part of a pod: rights, certificates and backends. */
export function otherReferences(manifest: Manifest): (Pick<Reference, "name" | "path"> & { readonly kind: string })[] {
  const { kind, body } = manifest;
  if (kind === "RoleBinding" || kind === "ClusterRoleBinding") {
    const subjects = itemsAt(body, "subjects").flatMap((subject, index) => {
      const isOwn = textAt(subject, "kind") === "ServiceAccount";
      return isOwn
        ? [{ kind: "ServiceAccount", name: textAt(subject, "name"), path: ["subjects", index, "name"] }]
        : [];
    });
    const role = {
      kind: textAt(body, "roleRef", "kind"),
      name: textAt(body, "roleRef", "name"),
      path: ["roleRef", "name"],
    };
    return [...subjects, role];
  }
  if (kind !== "Ingress") return [];
  const certificates = itemsAt(body, "spec", "tls").map((tls, index) => {
    return { kind: "Secret", name: textAt(tls, "secretName"), path: ["spec", "tls", index, "secretName"] };
  });
  const backends = itemsAt(body, "spec", "rules").flatMap((rule, index) =>
    itemsAt(rule, "http", "paths").map((_, position) => {
      const path = ["spec", "rules", index, "http", "paths", position, "backend", "service", "name"];
      return { kind: "Service", name: textAt(valueAt(body, ...path.slice(0, -1)), "name"), path };
    }),
  );
  return [...certificates, ...backends].filter(({ name }) => name !== "");
}

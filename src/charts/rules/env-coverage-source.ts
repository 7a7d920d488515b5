/** Finds the environment variables that a container really gets from a render, and where each comes from. */
import type { ChartRender } from "../finding.ts";
import { entriesAt, itemsAt, type JsonPath, textAt, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import type { Container } from "../workload.ts";

/** Where the value of a variable stands. */
export type VariableSource =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "ConfigMap"; readonly object: string; readonly key: string; readonly value: string | undefined }
  | { readonly kind: "Secret"; readonly object: string; readonly key: string; readonly isOptional: boolean }
  /** A field of the pod or a resource of the container. */
  | { readonly kind: "field" };

/** A variable that a container gets, and the part of the container that gives it. */
export type Variable = { readonly name: string; readonly path: JsonPath; readonly source: VariableSource };

/** A reference that leads to nothing. */
export type DanglingReference = { readonly path: JsonPath; readonly object: string; readonly reason: string };

/** What a container gets, by name, and what it was meant to get and does not. */
export type Environment = {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly dangling: readonly DanglingReference[];
};

/** Secrets that must exist before an install, and their keys. */
export type DeclaredSecrets = Readonly<Record<string, readonly string[]>>;

/** Resolves env and envFrom of a container as the kubelet does: env wins, and of equals the last. */
export function environmentOf(
  render: ChartRender,
  container: Container,
  namespace: string,
  secrets: DeclaredSecrets,
): Environment {
  const variables = new Map<string, Variable>();
  const dangling: DanglingReference[] = [];
  const sources = new Sources(render, namespace, secrets);
  const resolved = [
    ...itemsAt(container.value, "envFrom").map((value, index) =>
      fromObject(sources, value, [...container.path, "envFrom", index]),
    ),
    ...itemsAt(container.value, "env").map((value, index) =>
      fromEntry(sources, value, [...container.path, "env", index]),
    ),
  ];
  for (const each of resolved) {
    for (const variable of each.variables) variables.set(variable.name, variable);
    dangling.push(...each.dangling);
  }
  return { variables, dangling };
}

type Resolved = { readonly variables: readonly Variable[]; readonly dangling: readonly DanglingReference[] };

/** The ConfigMaps and Secrets that a pod of a namespace can name. */
class Sources {
  constructor(
    private readonly render: ChartRender,
    private readonly namespace: string,
    private readonly secrets: DeclaredSecrets,
  ) {}

  /** The keys and values of a ConfigMap of the render. */
  configMap(name: string): ReadonlyMap<string, string | undefined> | undefined {
    const body = this.#find("ConfigMap", name)?.body;
    return body === undefined
      ? undefined
      : new Map(entriesAt(body, "data").map(([key, value]) => [key, textOf(value)]));
  }

  /** The keys of a Secret of the render or of the declared ones. */
  secretKeys(name: string): ReadonlySet<string> | undefined {
    const body = this.#find("Secret", name)?.body;
    const declared = Object.hasOwn(this.secrets, name) ? this.secrets[name] : undefined;
    if (body === undefined && declared === undefined) return undefined;
    const rendered = [...entriesAt(body, "data"), ...entriesAt(body, "stringData")].map(([key]) => key);
    return new Set([...rendered, ...(declared ?? [])]);
  }

  #find(kind: string, name: string): Manifest | undefined {
    const { manifests, namespace } = this.render;
    return manifests.find(
      (each) => each.kind === kind && each.name === name && (each.namespace || namespace) === this.namespace,
    );
  }
}

function fromObject(sources: Sources, value: unknown, path: JsonPath): Resolved {
  const prefix = textAt(value, "prefix");
  const isSecret = valueAt(value, "secretRef") !== undefined;
  const ref = isSecret ? "secretRef" : "configMapRef";
  const [kind, object] = [isSecret ? "Secret" : "ConfigMap", textAt(value, ref, "name")];
  const isOptional = valueAt(value, ref, "optional") === true;
  const keys = isSecret ? sources.secretKeys(object) : sources.configMap(object);
  if (keys === undefined) {
    return { variables: [], dangling: isOptional ? [] : [absent(path, kind, object, isSecret)] };
  }
  const variables = [...keys.keys()].map((key): Variable => {
    const source: VariableSource = isSecret
      ? { kind: "Secret", object, key, isOptional }
      : { kind: "ConfigMap", object, key, value: sources.configMap(object)?.get(key) };
    return { name: `${prefix}${key}`, path, source };
  });
  return { variables, dangling: [] };
}

function fromEntry(sources: Sources, value: unknown, path: JsonPath): Resolved {
  const name = textAt(value, "name");
  const given = (source: VariableSource): Resolved => ({ variables: [{ name, path, source }], dangling: [] });
  for (const ref of ["secretKeyRef", "configMapKeyRef"] as const) {
    if (valueAt(value, "valueFrom", ref) !== undefined) return fromKey(sources, value, ref, path);
  }
  if (valueAt(value, "valueFrom") !== undefined) return given({ kind: "field" });
  return given({ kind: "literal", value: textOf(valueAt(value, "value")) ?? "" });
}

function fromKey(sources: Sources, value: unknown, ref: "secretKeyRef" | "configMapKeyRef", at: JsonPath): Resolved {
  const path = [...at, "valueFrom", ref];
  const name = textAt(value, "name");
  const [object, key] = [textAt(value, "valueFrom", ref, "name"), textAt(value, "valueFrom", ref, "key")];
  const isOptional = valueAt(value, "valueFrom", ref, "optional") === true;
  const isSecret = ref === "secretKeyRef";
  const keys = isSecret ? sources.secretKeys(object) : sources.configMap(object);
  const source: VariableSource = isSecret
    ? { kind: "Secret", object, key, isOptional }
    : { kind: "ConfigMap", object, key, value: sources.configMap(object)?.get(key) };
  // A reference that leads nowhere still says what kind of value was meant, so that it is found once and not twice.
  const isGiven = isSecret || keys?.has(key) === true || !isOptional;
  const variables = isGiven ? [{ name, path: at, source }] : [];
  if (isOptional || keys?.has(key) === true) return { variables, dangling: [] };
  if (keys === undefined)
    return { variables, dangling: [absent(path, isSecret ? "Secret" : "ConfigMap", object, isSecret)] };
  const reason = `${name} comes from the key "${key}" of ${isSecret ? "Secret" : "ConfigMap"} ${object}, which has ${[...keys.keys()].join(", ") || "no key"}`;
  return { variables, dangling: [{ path, object, reason }] };
}

function absent(path: JsonPath, kind: string, object: string, isSecret: boolean): DanglingReference {
  const where = isSecret ? "neither the render nor the declared secrets have" : "the render does not have";
  return { path, object, reason: `refers to ${kind} ${object}, which ${where}` };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

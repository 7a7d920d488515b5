/** Finds items that a server-side apply takes for the same: lists of Kubernetes that are maps by a key. */
import { itemsAt, type JsonPath, textAt, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { containersOf, type Workload, workloadsOf } from "../workload.ts";
import { type Mistake, quote } from "./mistake.ts";

/** A list and the fields that tell its items apart; without fields, whole items are compared. */
type KeyedList = { readonly path: JsonPath; readonly fields: readonly Field[] };
type Field = { readonly name: string; readonly otherwise?: unknown };

const PROTOCOL = { name: "protocol", otherwise: "TCP" };

/** Lists that are maps to the API server. Source: `x-kubernetes-list-map-keys` in the OpenAPI document of Kubernetes 1.36. */
const POD_LISTS: readonly KeyedList[] = [
  list("containers", "name"),
  list("initContainers", "name"),
  list("ephemeralContainers", "name"),
  list("volumes", "name"),
  list("imagePullSecrets", "name"),
  list("hostAliases", "ip"),
  list("resourceClaims", "name"),
  list("schedulingGates", "name"),
  list("topologySpreadConstraints", "topologyKey", "whenUnsatisfiable"),
  // No map to the API server; two equal items are a template's mistake all the same.
  { path: ["tolerations"], fields: [] },
];
const CONTAINER_LISTS: readonly KeyedList[] = [
  list("env", "name"),
  list("volumeMounts", "mountPath"),
  list("volumeDevices", "devicePath"),
  { path: ["ports"], fields: [{ name: "containerPort" }, PROTOCOL] },
  list("ports", "name"),
  { path: ["resources", "claims"], fields: [{ name: "name" }] },
  { path: ["envFrom"], fields: [] },
];
const METADATA_LISTS: readonly KeyedList[] = [{ path: ["metadata", "ownerReferences"], fields: [{ name: "uid" }] }];
const OBJECT_LISTS: Readonly<Record<string, readonly KeyedList[]>> = {
  Service: [
    { path: ["spec", "ports"], fields: [{ name: "port" }, PROTOCOL] },
    { path: ["spec", "ports"], fields: [{ name: "name" }] },
  ],
  ServiceAccount: [list("secrets", "name"), list("imagePullSecrets", "name")],
  StatefulSet: [{ path: ["spec", "volumeClaimTemplates"], fields: [{ name: "metadata.name" }] }],
  Gateway: [{ path: ["spec", "listeners"], fields: [{ name: "name" }] }],
  CustomResourceDefinition: [{ path: ["spec", "versions"], fields: [{ name: "name" }] }],
  MutatingWebhookConfiguration: [list("webhooks", "name")],
  ValidatingWebhookConfiguration: [list("webhooks", "name")],
};

/** Items of lists that mean the same thing twice: the server refuses them, or keeps one and drops the other. */
export function listMistakes(manifests: readonly Manifest[]): Mistake[] {
  const inObjects = manifests.flatMap((manifest) =>
    [...METADATA_LISTS, ...(OBJECT_LISTS[manifest.kind] ?? [])].flatMap((each) =>
      twins(manifest, manifest.body, [], each),
    ),
  );
  return [...inObjects, ...workloadsOf(manifests).flatMap(podMistakes)];
}

function podMistakes(workload: Workload): Mistake[] {
  const { manifest, spec, specPath } = workload;
  const inPod = POD_LISTS.flatMap((each) => twins(manifest, spec, specPath, each));
  const containers = containersOf(workload);
  const inContainers = containers.flatMap(({ value, path }) =>
    CONTAINER_LISTS.flatMap((each) => twins(manifest, value, path, each)),
  );
  const names = new Map<string, JsonPath>();
  const acrossLists = containers.flatMap(({ name, kind, path }) => {
    const first = names.get(name);
    if (name !== "" && first === undefined) names.set(name, path);
    if (first === undefined || first.at(-2) === path.at(-2)) return [];
    const reason = `the ${kind} is called ${quote(name)} as one of the init containers is; allowed are names that are unique in the pod`;
    return [{ manifest, path: [...path, "name"], reason, fix: "rename one of the two" }];
  });
  return [...inPod, ...inContainers, ...acrossLists, ...claimMistakes(workload)];
}

/** A claim of a StatefulSet silently takes the place of a volume of the same name. */
function claimMistakes({ manifest, spec, specPath }: Workload): Mistake[] {
  const claims = itemsAt(manifest.body, "spec", "volumeClaimTemplates").map((claim) =>
    textAt(claim, "metadata", "name"),
  );
  return itemsAt(spec, "volumes").flatMap((volume, index) => {
    const name = textAt(volume, "name");
    if (manifest.kind !== "StatefulSet" || !claims.includes(name)) return [];
    const reason = `the volume ${quote(name)} is called as a volume claim template is, which takes its place; allowed are different names`;
    return [
      { manifest, path: [...specPath, "volumes", index, "name"], reason, fix: "rename or remove one of the two" },
    ];
  });
}

/** Later items of a list that have the same key as an earlier one. */
function twins(manifest: Manifest, outer: unknown, base: JsonPath, { path, fields }: KeyedList): Mistake[] {
  const items = itemsAt(outer, ...path);
  if (items.length < 2) return [];
  const first = new Map<string, number>();
  return items.flatMap((item, index) => {
    const key = keyOf(item, fields);
    const before = key === undefined ? undefined : first.get(key);
    if (key !== undefined && before === undefined) first.set(key, index);
    if (key === undefined || before === undefined) return [];
    const what = fields.length === 0 ? "is the same" : `has the ${fields.map(({ name }) => name).join(" and ")} ${key}`;
    const reason = `${what} as item ${before} of the list has, and a server-side apply takes both for one; allowed is each once`;
    const fix = "remove one of the two, or let the one win that the template merges last";
    return [{ manifest, path: [...base, ...path, index], reason, fix }];
  });
}

/** Values of the fields of a key, as a text; undefined for an item that has none of them. */
function keyOf(item: unknown, fields: readonly Field[]): string | undefined {
  if (fields.length === 0) return JSON.stringify(item);
  const values = fields.map(({ name, otherwise }) => valueAt(item, ...name.split(".")) ?? otherwise);
  return values[0] === undefined || values[0] === "" ? undefined : values.map(quote).join(" and ");
}

function list(name: string, ...fields: string[]): KeyedList {
  return { path: [name], fields: fields.map((field) => ({ name: field })) };
}

/** Finds fields that belong to the cluster and not to a chart, and the nothing that a template leaves behind. */
import { entriesAt, itemsAt, type JsonPath, textAt, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { workloadsOf } from "../workload.ts";
import type { Mistake } from "./mistake.ts";
import { pathTo, visitLeaves } from "./walk.ts";

const SERVER_METADATA = [
  ...["creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"],
] as const;
const CONTROLLER_ANNOTATIONS = new Set([
  ...["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"],
  ...[
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "control-plane.alpha.kubernetes.io/leader",
  ],
]);
const CONTROLLER_LABELS = new Set([
  ...[
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
  ],
  ...["pod-template-hash", "statefulset.kubernetes.io/pod-name"],
]);
const INJECTED_BUNDLES: Readonly<Record<string, readonly string[]>> = {
  MutatingWebhookConfiguration: ["webhooks", "clientConfig", "caBundle"],
  ValidatingWebhookConfiguration: ["webhooks", "clientConfig", "caBundle"],
  CustomResourceDefinition: ["spec", "conversion", "webhook", "clientConfig", "caBundle"],
  APIService: ["spec", "caBundle"],
};

/** Fields that the server or a controller writes, and that a server-side apply would fight about. */
export function ownedFieldMistakes(manifests: readonly Manifest[]): Mistake[] {
  return [
    ...manifests.flatMap((manifest) => [...serverFields(manifest), ...injectedBundle(manifest)]),
    ...workloadsOf(manifests).flatMap(({ manifest, spec, specPath }) => {
      const node = textAt(spec, "nodeName");
      if (node === "") return [];
      const reason = `names the node ${node}, which the scheduler chooses`;
      return [{ manifest, path: [...specPath, "nodeName"], reason, fix: "use nodeSelector or affinity" }];
    }),
  ];
}

function serverFields(manifest: Manifest): Mistake[] {
  const { body } = manifest;
  const owned: JsonPath[] = SERVER_METADATA.map((field) => ["metadata", field]);
  const template = ["spec", "template", "metadata"];
  for (const path of [["metadata"], template]) {
    for (const [key] of entriesAt(body, ...path, "annotations")) {
      if (CONTROLLER_ANNOTATIONS.has(key)) owned.push([...path, "annotations", key]);
    }
    for (const [key] of entriesAt(body, ...path, "labels")) {
      if (CONTROLLER_LABELS.has(key)) owned.push([...path, "labels", key]);
    }
  }
  // Without a value the server reads none of them, as in what generators of custom resources write.
  const found = owned.filter((path) => (valueAt(body, ...path) ?? null) !== null);
  if (valueAt(body, "status") !== undefined) found.push(["status"]);
  return found.map((path) => {
    const reason = `${String(path.at(-1))} is written by the cluster; allowed is what the chart alone decides`;
    return { manifest, path, reason, fix: "remove it from the template" };
  });
}

/** cert-manager writes the bundle that it is asked to inject; one in the chart would be put back at each apply. */
function injectedBundle(manifest: Manifest): Mistake[] {
  const asked = Object.keys(manifest.annotations).find((key) => key.startsWith("cert-manager.io/inject-"));
  const [outer = "", ...inner] = INJECTED_BUNDLES[manifest.kind] ?? [];
  if (asked === undefined || outer === "") return [];
  const items = itemsAt(manifest.body, outer);
  const paths: JsonPath[] =
    items.length === 0 ? [[outer, ...inner]] : items.map((_, index) => [outer, index, ...inner]);
  return paths.flatMap((path) => {
    if (textAt(manifest.body, ...path) === "") return [];
    const reason = `the chart renders a caBundle, and ${asked} makes cert-manager write it; allowed is one of the two`;
    return [{ manifest, path, reason, fix: "leave caBundle out of the template" }];
  });
}

/** Maps of which Kubernetes reads every value as a text, so that nothing becomes the empty text. */
const TEXT_MAPS = new Set(["annotations", "labels", "matchLabels", "nodeSelector", "data", "stringData"]);
const NEEDED = new Set([
  ...["backend", "containerPort", "containers", "image", "key", "kind", "metadata", "mountPath", "name", "namespace"],
  ...["path", "port", "roleRef", "scaleTargetRef", "selector", "serviceName", "spec", "template", "value", "verbs"],
]);

/** Values that a template left empty: `image:` without anything after it. */
export function nullMistakes(manifests: readonly Manifest[]): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const manifest of manifests) {
    // A definition describes fields, and null may be the default of one.
    if (manifest.kind === "CustomResourceDefinition") continue;
    visitLeaves(manifest.body, ({ place, value }) => {
      if (value !== null) return;
      const { key, around } = place;
      const parent = String(around?.key);
      const isText = TEXT_MAPS.has(parent) || (parent === "selector" && manifest.kind === "Service");
      if (typeof key === "string" && !isText && !NEEDED.has(key)) return;
      const reason = "is null: a template wrote the key and nothing behind it; allowed is a value, or no key at all";
      const fix = "give the value a default or a schema that requires it, or write the key only where there is a value";
      mistakes.push({ manifest, path: pathTo(place), reason, fix });
    });
  }
  return mistakes;
}

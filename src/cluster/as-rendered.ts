/** Proves that what ran is what was rendered: pods of a test differ from their templates in what the cluster is told to change alone. */
import { itemsAt, textAt, valueAt } from "../charts/json.ts";
import { parseQuantity } from "../charts/rules/quantity.ts";
import { ADMISSION, APART, MOST_REQUESTED, TRUST_FOLDER, TRUST_VARIABLES } from "./admission.ts";
import type { CheckResult } from "./check-run.ts";
import { differences, type Fields, isFields } from "./differences.ts";

/** The check that pods are as rendered, but for what a cluster of our own changes. */
export function asRenderedCheck(objects: unknown): CheckResult {
  const found = deviations(objects).map(({ pod, path }) => `${pod}: ${path}`);
  const name = "pods are as rendered, but for requests, a trusted authority and one node for all";
  return { chart: "(all)", name, ok: found.length === 0, seconds: 0, reason: found.slice(0, 10).join("; ") };
}

/** A field of a pod that is not what its template says. */
export type Deviation = { readonly pod: string; readonly path: string };

/**
 * Fields that Kubernetes itself gives a pod whose template does not have them, when it is made and placed. Source:
 * Kubernetes, "Admission Control", and the defaults of a pod, which templates of pods do not get.
 */
const OF_KUBERNETES = new Set([
  ...["enableServiceLinks", "imagePullSecrets", "serviceAccount", "serviceAccountName"],
  ...["nodeName", "preemptionPolicy", "priority", "tolerations"],
]);

const LISTS = new Set(["containers", "initContainers"]);

/**
 * Compares pods with the templates of what made them.
 *
 * @param objects A list of pods and of the objects that own them, as the cluster gives it.
 */
export function deviations(objects: unknown): Deviation[] {
  const all = itemsAt(objects, "items");
  const owners = new Map(all.map((object) => [textAt(object, "metadata", "uid"), object]));
  return all
    .filter((object) => textAt(object, "kind") === "Pod")
    .flatMap((pod) => {
      const owner = owners.get(textAt(itemsAt(pod, "metadata", "ownerReferences")[0], "uid"));
      const template = valueAt(owner, "spec", "template", "spec");
      if (template === undefined) return [];
      const name = `${textAt(pod, "metadata", "namespace")}/${textAt(pod, "metadata", "name")}`;
      return differences(
        withoutMerged(template),
        withoutMerged(restored(template, withoutIdentity(owner, pod))),
        "spec",
      ).map((path) => ({
        pod: name,
        path,
      }));
    });
}

/** Fields of a pod without those by which a StatefulSet tells it from others: its name, that of its Service, and its own volumes. */
function withoutIdentity(owner: unknown, pod: unknown): unknown {
  const spec = valueAt(pod, "spec");
  if (textAt(owner, "kind") !== "StatefulSet" || !isFields(spec)) return spec;
  const name = textAt(pod, "metadata", "name");
  const identity: Fields = { hostname: name, subdomain: textAt(owner, "spec", "serviceName") };
  const claims = itemsAt(owner, "spec", "volumeClaimTemplates").map(
    (each) => `${textAt(each, "metadata", "name")}-${name}`,
  );
  const isOwn = (each: unknown) => claims.includes(textAt(each, "persistentVolumeClaim", "claimName"));
  const entries = Object.entries(spec).filter(([key, value]) => !(key in identity) || identity[key] !== value);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === "volumes" ? withoutThose(value, isOwn) : value] as const),
  );
}

/** Selectors without what Kubernetes adds to them for the keys of `matchLabelKeys`, each with the pod's own value. */
function withoutMerged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMerged);
  if (!isFields(value)) return value;
  const keys = itemsAt(value, "matchLabelKeys");
  const cleaned = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutMerged(each)]));
  const selector = valueAt(value, "labelSelector");
  if (keys.length === 0 || !isFields(selector)) return cleaned;
  const left = itemsAt(selector, "matchExpressions").filter((each) => !keys.includes(textAt(each, "key")));
  const rest = Object.entries(selector).filter(([key]) => key !== "matchExpressions");
  const expressions = left.length === 0 ? [] : [["matchExpressions", left] as const];
  return { ...cleaned, labelSelector: Object.fromEntries([...rest, ...expressions]) };
}

/** A pod without what the cluster's policies and Kubernetes put in, and with what the policies took. */
function restored(template: unknown, spec: unknown): unknown {
  if (!isFields(template) || !isFields(spec)) return spec;
  const entries = Object.entries(spec)
    .filter(([key]) => !OF_KUBERNETES.has(key) || key in template)
    .map(([key, value]) => {
      if (key === "volumes") return [key, withoutThose(value, isOurs)] as const;
      if (key === "affinity")
        return [key, template[key] === undefined ? value : restoredAffinity(template[key], value)] as const;
      if (!LISTS.has(key) || !Array.isArray(value)) return [key, value] as const;
      return [
        key,
        value.map((each: unknown, index) => restoredContainer(valueAt(template, key, index), each)),
      ] as const;
    });
  const given = Object.fromEntries(entries);
  return Array.isArray(given.volumes) && given.volumes.length === 0 && !("volumes" in template)
    ? Object.fromEntries(entries.filter(([key]) => key !== "volumes"))
    : given;
}

function restoredContainer(template: unknown, container: unknown): unknown {
  if (!isFields(template) || !isFields(container)) return container;
  const cleaned = {
    ...container,
    env: withoutThose(container.env, (each) => {
      return TRUST_VARIABLES.includes(textAt(each, "name")) && textAt(each, "value").startsWith(`${TRUST_FOLDER}/`);
    }),
    volumeMounts: withoutThose(container.volumeMounts, isOurs),
    resources: restoredRequests(template.resources, container.resources),
  };
  // A list that is empty is as good as none.
  return Object.fromEntries(
    Object.entries(cleaned).filter(
      ([key, value]) => value !== undefined && (key in template || !(Array.isArray(value) && value.length === 0)),
    ),
  );
}

/** Requests that the policies have lowered count as those of the template; without one, Kubernetes requests the limit. */
function restoredRequests(template: unknown, resources: unknown): unknown {
  if (!isFields(resources) || !isFields(template)) return resources;
  const [limits, stated] = [template.limits, template.requests].map((each) => (isFields(each) ? each : {}));
  const wanted: Fields = { ...limits, ...stated };
  const requests = Object.entries(isFields(resources.requests) ? resources.requests : {})
    .map(([name, amount]) => {
      const most = Object.entries(MOST_REQUESTED).find(([each]) => each === name)?.[1];
      const isLowered = most === amount && (parseQuantity(wanted[name]) ?? 0) > (parseQuantity(most) ?? Number.NaN);
      return [name, isLowered ? wanted[name] : amount] as const;
    })
    .filter(([name, amount]) => (stated !== undefined && name in stated) || amount !== wanted[name]);
  const others = Object.entries(resources).filter(([key]) => key !== "requests");
  const isStated = requests.length > 0 || "requests" in template;
  return Object.fromEntries([...others, ...(isStated ? [["requests", Object.fromEntries(requests)] as const] : [])]);
}

/** One node cannot keep pods apart: the policies take that rule, and nothing else, from pods. */
function restoredAffinity(template: unknown, affinity: unknown): unknown {
  const required = valueAt(template, "podAntiAffinity", APART);
  if (required === undefined || !isFields(affinity) || !isFields(affinity.podAntiAffinity)) return affinity;
  return { ...affinity, podAntiAffinity: { ...affinity.podAntiAffinity, [APART]: required } };
}

/** True for what the cluster's policies add to a list, and for the token of a service account. */
function isOurs(each: unknown): boolean {
  const name = textAt(each, "name");
  return name === ADMISSION || name.startsWith("kube-api-access-");
}

function withoutThose(list: unknown, isGone: (each: unknown) => boolean): unknown {
  return Array.isArray(list) ? list.filter((each: unknown) => !isGone(each)) : list;
}

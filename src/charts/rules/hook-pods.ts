/** Finds hook pods that selectors take for pods of a service, and hook pods that no network policy guards in time. */
import type { ChartRender } from "../finding.ts";
import { itemsAt, type JsonPath, textsAt, valueAt } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { formatLabels, isSelected, parseSelector } from "../network/label-selector.ts";
import { hooksOf, type Workload, workloadsOf } from "../workload.ts";
import { isBefore, isHook, weightOf } from "./hook-order.ts";
import type { Mistake } from "./mistake.ts";

/** What a selector that takes in a hook pod would do with it. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  Service: "sends it requests",
  Deployment: "counts it among its pods, and so does an autoscaler",
  StatefulSet: "counts it among its pods",
  DaemonSet: "counts it among its pods",
  PodDisruptionBudget: "counts it as a pod that must stay",
};

/** Selectors of ordinary objects that select a hook pod. */
export function selectorMistakes({ manifests, namespace }: ChartRender, hook: Workload): Mistake[] {
  const home = hook.manifest.namespace || namespace;
  return manifests.flatMap((manifest) => {
    const consequence = CONSEQUENCES[manifest.kind];
    if (consequence === undefined || (manifest.namespace || namespace) !== home) return [];
    const isPlain = manifest.kind === "Service";
    const path: JsonPath = ["spec", "selector"];
    const selector = isPlain ? { matchLabels: textsAt(manifest.body, ...path) } : valueAt(manifest.body, ...path);
    const requirements = parseSelector(selector);
    if (requirements.length === 0 || !isSelected(requirements, hook.labels)) return [];
    const reason = `selects the pod of ${objectName(hook.manifest)}, a hook with the labels ${formatLabels(hook.labels)}, and ${consequence}`;
    const fix = "give the hook's pod a component label of its own, and select by that label";
    return [{ manifest, path, reason, fix }];
  });
}

const DIRECTIONS = ["Ingress", "Egress"] as const;
type Direction = (typeof DIRECTIONS)[number];

/** A pod that runs before the release exists needs its network policies before itself, as hooks. */
export function policyMistakes(render: ChartRender, hook: Workload): Mistake[] {
  const policies = render.manifests.filter(({ kind }) => kind === "NetworkPolicy");
  if (policies.length === 0) return [];
  const selecting = policies.filter((policy) => selects(render, policy, hook));
  const early = selecting.filter((policy) => isHook(policy) && isBefore(policy, hook.manifest, "pre-install"));
  const governed = new Set(early.flatMap(directionsOf));
  const late = selecting.flatMap((policy) => lateMistakes(render, policy, hook, governed));
  // Where the chart isolates pods at all, it isolates this one, too.
  const wanted = new Set(selecting.length === 0 ? DIRECTIONS : selecting.flatMap(directionsOf));
  const open = DIRECTIONS.filter((direction) => wanted.has(direction) && !governed.has(direction));
  if (!hook.hooks.includes("pre-install") || open.length === 0 || late.length > 0) return late;
  const reason = `runs at pre-install with weight ${weightOf(hook.manifest)}, and no network policy that exists by then governs its ${open.join(" and ").toLowerCase()}`;
  const fix = "give it a NetworkPolicy that is a hook of the same events with a lower weight";
  return [{ manifest: hook.manifest, path: ["metadata", "annotations"], reason, fix }];
}

function selects({ namespace }: ChartRender, policy: Manifest, { manifest, labels }: Workload): boolean {
  const isSameNamespace = (policy.namespace || namespace) === (manifest.namespace || namespace);
  return isSameNamespace && isSelected(parseSelector(valueAt(policy.body, "spec", "podSelector")), labels);
}

/**
 * A policy that allows something must not come after the pod that it is for. Of one that is for other pods, too, only
 * the directions count that no policy in time governs; the rule on reachability knows what exactly is missing.
 */
function lateMistakes(
  render: ChartRender,
  policy: Manifest,
  hook: Workload,
  governed: ReadonlySet<Direction>,
): Mistake[] {
  const isNeeded = () =>
    allows(policy) && (isForHooks(render, policy) || directionsOf(policy).some((each) => !governed.has(each)));
  const event = hook.hooks.find((name) => {
    return isHook(policy) ? !isBefore(policy, hook.manifest, name) : name === "pre-install" && isNeeded();
  });
  if (event === undefined) return [];
  const own = isHook(policy)
    ? `as a hook at ${hooksOf(policy).join(" and ")} with weight ${weightOf(policy)}`
    : "with the release";
  const reason = `is for the pod of ${objectName(hook.manifest)}, which runs at ${event} with weight ${weightOf(hook.manifest)}, and comes ${own}, too late`;
  const fix = `make the policy of that pod a hook of ${hook.hooks.join(",")} with a weight below ${weightOf(hook.manifest)}`;
  return [
    { manifest: policy, path: isHook(policy) ? ["metadata", "annotations"] : ["spec", "podSelector"], reason, fix },
  ];
}

function isForHooks(render: ChartRender, policy: Manifest): boolean {
  const selected = workloadsOf(render.manifests).filter((workload) => selects(render, policy, workload));
  return selected.every(({ hooks }) => hooks.includes("pre-install"));
}

function allows({ body }: Manifest): boolean {
  return itemsAt(body, "spec", "ingress").length > 0 || itemsAt(body, "spec", "egress").length > 0;
}

// Source: Kubernetes API, NetworkPolicySpec.policyTypes: Ingress always, and Egress where there are rules of it.
function directionsOf({ body }: Manifest): Direction[] {
  const types = itemsAt(body, "spec", "policyTypes");
  if (types.length > 0) return DIRECTIONS.filter((direction) => types.includes(direction));
  return valueAt(body, "spec", "egress") === undefined ? ["Ingress"] : ["Ingress", "Egress"];
}

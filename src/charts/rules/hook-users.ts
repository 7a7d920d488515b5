/** Finds what depends on an object that a hook delivers: such an object is deleted and made anew at every upgrade. */
import type { ChartRender } from "../finding.ts";
import { itemsAt, textAt } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { hooksOf, type Workload, workloadsOf } from "../workload.ts";
import { isBefore, isHook, weightOf } from "./hook-order.ts";
import type { Mistake } from "./mistake.ts";
import { deliveredBy, otherReferences, referencesOf } from "./references.ts";

const FIX = "render the object twice under two names: once for the release, once as a hook for the hook alone";

/** Ordinary objects that use a hook, and rights that come too late for the hook that they are for. */
export function ordinaryMistakes(render: ChartRender): Mistake[] {
  const workloads = new Map(workloadsOf(render.manifests).map((workload) => [workload.manifest, workload]));
  const hooks = hookObjects(render);
  if (hooks.size === 0) return [];
  return render.manifests.flatMap((manifest) => {
    const workload = workloads.get(manifest);
    const references = workload === undefined ? otherReferences(manifest) : referencesOf(workload);
    const seen = new Set<Manifest>();
    const used = references.flatMap(({ kind, name, path }) => {
      const hook = hooks.get(`${kind} ${manifest.namespace || render.namespace}/${name}`);
      if (hook === undefined || hook === manifest || seen.has(hook)) return [];
      seen.add(hook);
      return isHook(manifest) ? lateRole(manifest, hook, path) : [ordinaryUse(manifest, hook, path)];
    });
    return workload === undefined || workload.hooks.length === 0 ? used : [...used, ...lateRights(render, workload)];
  });
}

/** What hooks alone deliver, by kind, namespace and name. */
function hookObjects({ manifests, namespace }: ChartRender): Map<string, Manifest> {
  const found = new Map<string, Manifest>();
  const keys = (manifest: Manifest) =>
    deliveredBy(manifest).map(({ kind, name }) => `${kind} ${manifest.namespace || namespace}/${name}`);
  for (const manifest of manifests.filter(isHook)) for (const key of keys(manifest)) found.set(key, manifest);
  for (const manifest of manifests) if (!isHook(manifest)) for (const key of keys(manifest)) found.delete(key);
  return found;
}

function ordinaryUse(manifest: Manifest, hook: Manifest, path: Mistake["path"]): Mistake {
  const events = hooksOf(hook).join(" and ");
  const reason = `uses ${objectName(hook)}, which a hook delivers at ${events}: helm deletes and makes it anew each time, under running pods`;
  return { manifest, path, reason, fix: FIX };
}

/** A binding among the hooks needs its role; what a pod needs is told by the pod. */
function lateRole(binding: Manifest, role: Manifest, path: Mistake["path"]): Mistake[] {
  if (path[0] !== "roleRef") return [];
  const late = hooksOf(binding).find((event) => !isBefore(role, binding, event));
  if (late === undefined) return [];
  const reason = `is made at ${late} with weight ${weightOf(binding)} and needs ${objectName(role)} of weight ${weightOf(role)}; allowed is a lower weight at the same event`;
  return [
    {
      manifest: binding,
      path,
      reason,
      fix: `give ${objectName(role)} a helm.sh/hook-weight below ${weightOf(binding)}`,
    },
  ];
}

/** Bindings that give the ServiceAccount of a hook its rights only after the hook has run. */
function lateRights({ manifests, namespace }: ChartRender, { manifest, spec, specPath, hooks }: Workload): Mistake[] {
  const account = textAt(spec, "serviceAccountName");
  if (account === "") return [];
  const bindings = manifests.filter(({ kind, body }) => {
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return false;
    return itemsAt(body, "subjects").some((subject) => {
      const home = textAt(subject, "namespace") || namespace;
      return textAt(subject, "name") === account && home === (manifest.namespace || namespace);
    });
  });
  return bindings.flatMap((binding) => {
    const late = hooks.find((event) =>
      isHook(binding) ? !isBefore(binding, manifest, event) : event === "pre-install",
    );
    if (late === undefined) return [];
    const reason = `runs at ${late} with weight ${weightOf(manifest)} and gets its rights from ${objectName(binding)}, which is not there by then`;
    const fix = "make the binding a hook of the same events with a lower weight";
    return [{ manifest, path: [...specPath, "serviceAccountName"], reason, fix }];
  });
}

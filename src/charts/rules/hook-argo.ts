/** Finds hooks that Argo CD would run otherwise than helm. It reads annotations of both, and its own win. */
import type { ChartRender } from "../finding.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { hooksOf, type Workload, workloadsOf } from "../workload.ts";
import { ARGO_HOOK, argoOrder, deletePoliciesOf, isLaterInArgo, listOf } from "./hook-order.ts";
import { type Mistake, quote } from "./mistake.ts";
import { providersOf, referencesOf } from "./references.ts";

const HOOKS = ["PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete", "Skip"];
const DELETE_POLICIES: Readonly<Record<string, string>> = {
  "before-hook-creation": "BeforeHookCreation",
  "hook-succeeded": "HookSucceeded",
  "hook-failed": "HookFailed",
};
const DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy";
const SYNC_WAVE = "argocd.argoproj.io/sync-wave";

/** Contradictions between the annotations of helm and of Argo CD, in one object and between a hook and what it needs. */
export function argoMistakes(render: ChartRender, hooks: readonly Workload[]): Mistake[] {
  const pods = workloadsOf(render.manifests).filter((workload) => {
    return hooks.some(({ manifest }) => manifest === workload.manifest) || ARGO_HOOK in workload.manifest.annotations;
  });
  return [
    ...render.manifests.flatMap((manifest) => [
      ...phaseMistakes(manifest),
      ...policyMistakes(manifest),
      ...waveMistakes(manifest),
    ]),
    ...pods.flatMap((pod) => orderMistakes(render, pod)),
  ];
}

/** A hook that helm runs before the release must not come after it under Argo CD, nor the other way round. */
function phaseMistakes(manifest: Manifest): Mistake[] {
  const own = manifest.annotations[ARGO_HOOK];
  if (own === undefined) return [];
  const path = ["metadata", "annotations", ARGO_HOOK];
  const unknown = listOf(own).find((name) => !HOOKS.includes(name));
  if (unknown !== undefined) {
    const reason = `says ${quote(unknown)}, which Argo CD does not know; allowed are ${HOOKS.join(", ")}`;
    return [{ manifest, path, reason, fix: "write one of them" }];
  }
  const events = hooksOf(manifest);
  const wrong = listOf(own).find((name) => {
    const runsBefore = events.some((event) => event === "pre-install" || event === "pre-upgrade");
    if (runsBefore) return name === "PostSync";
    const runsAfter = events.some((event) => event === "post-install" || event === "post-upgrade");
    const isTest = events.some((event) => event.startsWith("test"));
    return (name === "PreSync" && (runsAfter || isTest)) || (name === "Sync" && isTest);
  });
  if (wrong === undefined) return [];
  const reason = `says ${wrong} to Argo CD and ${events.join(",")} to helm, which are at opposite ends of a rollout`;
  return [
    { manifest, path, reason, fix: "make both say the same: PreSync or Sync for pre-*, PostSync for post-* and tests" },
  ];
}

/** Argo CD follows the delete policies of both, so that one that only its annotation has deletes under it alone. */
function policyMistakes(manifest: Manifest): Mistake[] {
  const own = manifest.annotations[DELETE_POLICY];
  if (own === undefined || hooksOf(manifest).length === 0) return [];
  const helm = (deletePoliciesOf(manifest) ?? ["before-hook-creation"]).map((name) => DELETE_POLICIES[name] ?? name);
  const argo = listOf(own);
  if (argo.length === helm.length && argo.every((name) => helm.includes(name))) return [];
  const reason = `says ${own} to Argo CD and ${helm.join(",")} to helm, and Argo CD follows both; allowed is one and the same`;
  const fix = "make both delete policies say the same, best before-hook-creation and BeforeHookCreation";
  return [{ manifest, path: ["metadata", "annotations", DELETE_POLICY], reason, fix }];
}

function waveMistakes(manifest: Manifest): Mistake[] {
  const wave = manifest.annotations[SYNC_WAVE];
  if (wave === undefined || /^[-+]?\d+$/.test(wave)) return [];
  const reason = `is ${quote(wave)}, which Argo CD takes for 0; allowed is a whole number in quotes`;
  return [
    {
      manifest,
      path: ["metadata", "annotations", SYNC_WAVE],
      reason,
      fix: 'write a whole number in quotes, such as "-5"',
    },
  ];
}

/** What a hook needs must not come in a later phase or wave than the hook. */
function orderMistakes(render: ChartRender, pod: Workload): Mistake[] {
  const seen = new Set<Manifest>();
  return referencesOf(pod).flatMap((reference) => {
    const providers = providersOf(render, pod.manifest, reference);
    const [provider] = providers;
    if (provider === undefined || seen.has(provider)) return [];
    seen.add(provider);
    // Without annotations of Argo CD its order is that of helm, which is checked by itself.
    if (!providers.concat(pod.manifest).some(hasArgoOrder)) return [];
    if (!providers.every((each) => isLaterInArgo(each, pod.manifest))) return [];
    const reason = `comes in ${placeOf(pod.manifest)} of Argo CD and needs ${objectName(provider)} of ${placeOf(provider)}; allowed is an earlier wave`;
    return [
      {
        manifest: pod.manifest,
        path: reference.path,
        reason,
        fix: `give ${objectName(provider)} a lower ${SYNC_WAVE}`,
      },
    ];
  });
}

function hasArgoOrder({ annotations }: Manifest): boolean {
  return ARGO_HOOK in annotations || SYNC_WAVE in annotations;
}

function placeOf(manifest: Manifest): string {
  const order = argoOrder(manifest);
  return order === undefined ? "no wave" : `${HOOKS[order.phase] ?? ""} wave ${order.wave}`;
}

/** The rule that hooks find what they need when they run, and that nothing else depends on them (C-21). */
import type { ChartRender, RenderRule } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import { hooksOf, type Workload, workloadsOf } from "../workload.ts";
import { argoMistakes } from "./hook-argo.ts";
import { hasRelease, isBefore, isHook, weightOf } from "./hook-order.ts";
import { policyMistakes, selectorMistakes } from "./hook-pods.ts";
import { settingMistakes } from "./hook-settings.ts";
import { ordinaryMistakes } from "./hook-users.ts";
import { type Mistake, objectRule } from "./mistake.ts";
import { absence, type DeclaredSecrets, lackOfKey, type ReferenceProblem } from "./reference-problems.ts";
import { providersOf, type Reference, referencesOf } from "./references.ts";

const FIX =
  "give the hook an object of its own, as a hook of the same events with a lower weight; or name a Secret that the platform file declares under secrets";

/** The rule for a chart whose platform file declares these Secrets. */
export function hookClosureRule(secrets: DeclaredSecrets): RenderRule {
  return objectRule("hook-closure", "Hooks find all that they need, and nothing depends on a hook (C-21)", (render) => {
    const hooks = workloadsOf(render.manifests).filter((workload) => workload.hooks.length > 0);
    return [
      ...hooks.flatMap((hook) => referenceMistakes(render, hook, secrets)),
      ...hooks.flatMap((hook) => [...selectorMistakes(render, hook), ...policyMistakes(render, hook)]),
      ...hooks.flatMap(settingMistakes),
      ...ordinaryMistakes(render),
      ...argoMistakes(render, hooks),
    ];
  });
}

/** One mistake for each object that a hook needs and does not find. */
function referenceMistakes(render: ChartRender, hook: Workload, secrets: DeclaredSecrets): Mistake[] {
  const seen = new Set<string>();
  return referencesOf(hook).flatMap((reference) => {
    const providers = providersOf(render, hook.manifest, reference);
    const mistake =
      providers.length === 0
        ? absence(render, reference, secrets, { when: `at ${hook.hooks.join(" and ")}`, fix: FIX })
        : (tooLate(hook, reference, providers) ?? lackOfKey(reference, providers));
    if (mistake === undefined) return [];
    const key = JSON.stringify([reference.kind, reference.name, mistake.reason]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ manifest: hook.manifest, path: reference.path, ...mistake }];
  });
}

function tooLate(
  hook: Workload,
  { kind, name }: Reference,
  providers: readonly Manifest[],
): ReferenceProblem | undefined {
  for (const event of hook.hooks) {
    const isThere = providers.some((provider) => {
      if (isHook(provider)) return isBefore(provider, hook.manifest, event);
      // What a claim holds outlives the version that made it, and a hook before an upgrade may be for just that.
      return (
        hasRelease(event) || (kind === "PersistentVolumeClaim" && event !== "pre-install" && event !== "post-delete")
      );
    });
    const provider = providers.find(isHook) ?? providers[0];
    if (!isThere && provider !== undefined) return lateness(hook.manifest, `${kind} ${name}`, provider, event);
  }
  return undefined;
}

function lateness(hook: Manifest, what: string, provider: Manifest, event: string): ReferenceProblem {
  const own = `runs at ${event} with weight ${weightOf(hook)} and needs ${what}`;
  const events = hooksOf(provider);
  if (events.includes(event)) {
    const reason = `${own}, a hook of weight ${weightOf(provider)}; allowed is a lower weight, for equal ones run in the order of their names`;
    return { reason, fix: `give ${what} a helm.sh/hook-weight below ${weightOf(hook)}` };
  }
  if (events.length > 0) {
    const reason = `${own}, which is delivered at ${events.join(" and ")} only`;
    return { reason, fix: `add ${event} to helm.sh/hook of ${what}, with a lower weight` };
  }
  const when: Readonly<Record<string, string>> = {
    "pre-install": "which helm creates with the release, after this hook",
    "post-delete": "which helm has deleted with the release by then",
  };
  const reason = `${own}, ${when[event] ?? "which is then that of the earlier release, or not there if this version is the first to have it"}`;
  return { reason, fix: FIX };
}

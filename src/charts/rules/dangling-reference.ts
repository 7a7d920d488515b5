/** The rule that what a pod needs exists: rendered by its chart, or declared to exist before (C-31, S-37). */
import type { ChartRender, RenderRule } from "../finding.ts";
import { textAt } from "../json.ts";
import { type Workload, workloadsOf } from "../workload.ts";
import { type Mistake, objectRule } from "./mistake.ts";
import { absence, type DeclaredSecrets, lackOfKey } from "./reference-problems.ts";
import { providersOf, referencesOf } from "./references.ts";

const FIX = "render it with the chart; a Secret can also be declared in the platform file, under secrets of the chart";

/** The rule for a chart whose platform file declares these Secrets. What hooks need is the rule hook-closure's. */
export function danglingReferenceRule(secrets: DeclaredSecrets): RenderRule {
  return objectRule(
    "dangling-reference",
    "What a pod needs is rendered or declared, and no pod falls back to the default ServiceAccount (C-31, S-37)",
    (render) =>
      workloadsOf(render.manifests).flatMap((workload) => [
        ...accountMistakes(workload),
        ...(workload.hooks.length === 0 ? referenceMistakes(render, workload, secrets) : []),
      ]),
  );
}

/** Rights that anybody gives to the default ServiceAccount of a namespace reach every pod that falls back to it. */
function accountMistakes({ manifest, spec, specPath }: Workload): Mistake[] {
  const account = textAt(spec, "serviceAccountName");
  if (account !== "" && account !== "default") return [];
  const path = [...specPath, "serviceAccountName"];
  const reason = `${account === "" ? "names no ServiceAccount" : "names the ServiceAccount default"} and so runs as what the whole namespace shares; allowed is one of its own`;
  return [{ manifest, path, reason, fix: "render a ServiceAccount for it, without a token, and name it here" }];
}

function referenceMistakes(render: ChartRender, workload: Workload, secrets: DeclaredSecrets): Mistake[] {
  const seen = new Set<string>();
  return referencesOf(workload).flatMap((reference) => {
    const providers = providersOf(render, workload.manifest, reference);
    const problem =
      providers.length === 0
        ? absence(render, reference, secrets, { when: "to start", fix: FIX })
        : lackOfKey(reference, providers);
    const key = JSON.stringify([reference.kind, problem?.reason]);
    if (problem === undefined || seen.has(key)) return [];
    seen.add(key);
    return [{ manifest: workload.manifest, path: reference.path, ...problem }];
  });
}

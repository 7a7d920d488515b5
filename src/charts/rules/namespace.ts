/** The rule that every object says where it lives, and that this is the namespace of its release. */
import type { RenderRule } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import { scopeOf } from "./kinds.ts";
import { type Mistake, objectRule } from "./mistake.ts";

/** An object without a namespace lands wherever the context of whoever applies it points to. */
export const NAMESPACE: RenderRule = objectRule(
  "namespace",
  "Every namespaced object names the namespace of its release",
  ({ manifests, namespace }) => manifests.flatMap((manifest) => namespaceMistakes(manifest, namespace)),
);

function namespaceMistakes(manifest: Manifest, release: string): Mistake[] {
  const scope = scopeOf(manifest);
  const path = ["metadata", "namespace"];
  const { namespace, kind } = manifest;
  if (scope === "unknown" || (scope === "namespaced" && namespace === release)) return [];
  if (scope === "cluster") {
    if (namespace === "") return [];
    const reason = `names the namespace ${namespace}, and a ${kind} lives in none`;
    return [{ manifest, path, reason, fix: "remove metadata.namespace from the template" }];
  }
  const fix = "write `namespace: {{ .Release.Namespace }}` under metadata in the template";
  const reason =
    namespace === ""
      ? `names no namespace; allowed is that of the release, ${release}`
      : `names the namespace ${namespace}; allowed is that of the release, ${release}`;
  return [{ manifest, path, reason, fix }];
}

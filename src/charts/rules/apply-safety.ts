/** The rule that a server-side apply of a render does what the render says, now and at every later apply. */
import type { ChartRender, RenderRule } from "../finding.ts";
import { valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { nullMistakes, ownedFieldMistakes } from "./apply-fields.ts";
import { listMistakes } from "./apply-lists.ts";
import { groupOf, scopeOf } from "./kinds.ts";
import { type Mistake, objectRule } from "./mistake.ts";

/** Helm 4 and Argo CD apply on the server's side, where twins, nulls and fields of controllers are conflicts. */
export const APPLY_SAFETY: RenderRule = objectRule(
  "apply-safety",
  "Objects can be applied on the server's side: each once, without twins in lists, nulls and fields of the cluster",
  (render) => [
    ...duplicates(render),
    ...render.manifests.flatMap(collections),
    ...listMistakes(render.manifests),
    ...ownedFieldMistakes(render.manifests),
    ...nullMistakes(render.manifests),
  ],
);

function duplicates({ manifests, namespace }: ChartRender): Mistake[] {
  const seen = new Map<string, Manifest>();
  return manifests.flatMap((manifest) => {
    const { kind, name } = manifest;
    const home = scopeOf(manifest) === "cluster" ? "" : manifest.namespace || namespace;
    const key = JSON.stringify([groupOf(manifest), kind, home, name]);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, manifest);
      return [];
    }
    const reason = `is rendered a second time: by ${manifest.template}, line ${manifest.line} of the render, and before by ${first.template}, line ${first.line}; allowed is each object once`;
    return [{ manifest, path: ["metadata", "name"], reason, fix: "rename one of the two, or remove it" }];
  });
}

/** What is inside a list would pass by every other check. */
function collections(manifest: Manifest): Mistake[] {
  if (!manifest.kind.endsWith("List") || valueAt(manifest.body, "items") === undefined) return [];
  const reason = `is a ${manifest.kind}, whose items no check sees as objects; allowed are single objects`;
  return [{ manifest, path: ["items"], reason, fix: "write each item as a document of its own" }];
}

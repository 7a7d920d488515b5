/** What the Applications of a project need to be permitted. */
import type { Manifest } from "../charts/manifest.ts";
import { argoOrder } from "../charts/rules/hook-order.ts";
import { groupOf, scopeOf } from "../charts/rules/kinds.ts";
import type { Application } from "./application.ts";
import type { Facts } from "./facts.ts";
import { type GroupKind, permitsClusterWide, permitsNamespaced, type Project } from "./project.ts";

/** The kind that an Application with CreateNamespace=true creates. */
export const NAMESPACE = { group: "", kind: "Namespace" } as const;

/** What Argo CD creates of a render: hooks of events that it does not know, such as test, never reach a cluster. */
export function syncedBy(application: Application, { renders }: Facts): Manifest[] {
  return (renders.get(application) ?? []).filter((manifest) => argoOrder(manifest) !== undefined);
}

/** True if a project permits an object. */
export function permits(project: Project, manifest: Manifest): boolean {
  const kind = kindOf(manifest);
  return isNamespaced(manifest) ? permitsNamespaced(project, kind) : permitsClusterWide(project, kind, manifest.name);
}

/** True for an object that lies in a namespace. */
export function isNamespaced(manifest: Manifest): boolean {
  return scopeOf(manifest) === "namespaced";
}

/** Kind and API group of an object. */
export function kindOf(manifest: Manifest): GroupKind {
  return { group: groupOf(manifest), kind: manifest.kind };
}

/** A kind as people write it: `apps/Deployment`, `Service`. */
export function describeKind({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${group}/${kind}`;
}

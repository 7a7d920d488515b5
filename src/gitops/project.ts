/** An AppProject of Argo CD: what it permits. Source: argo-cd v3.5.7, pkg/apis/application/v1alpha1/app_project_types.go. */
import { itemsAt, textAt, valueAt } from "../charts/json.ts";
import type { Application } from "./application.ts";
import type { GitopsDocument } from "./documents.ts";
import { matchesGlob, normalRepository } from "./pattern.ts";

/** A kind of Kubernetes with its API group; "" is the core group. */
export type GroupKind = { readonly group: string; readonly kind: string };

/** Where objects may be put. */
export type Destination = { readonly name: string; readonly server: string; readonly namespace: string };

/** One AppProject. */
export type Project = {
  readonly name: string;
  readonly document: GitopsDocument;
  readonly repositories: readonly string[];
  readonly destinations: readonly Destination[];
  /** Kinds in a namespace; undefined where there is no list, which permits all of them. */
  readonly namespaced?: readonly GroupKind[] | undefined;
  readonly clusterWide: readonly (GroupKind & { readonly name: string })[];
};

/** Reads an AppProject. */
export function toProject(document: GitopsDocument): Project {
  const { name, value } = document;
  const kinds = (list: string) =>
    itemsAt(value, "spec", list).map((item) => ({
      group: textAt(item, "group"),
      kind: textAt(item, "kind"),
      name: textAt(item, "name"),
    }));
  const hasList = valueAt(value, "spec", "namespaceResourceWhitelist") !== undefined;
  return {
    ...{ name, document },
    repositories: itemsAt(value, "spec", "sourceRepos").map(String),
    destinations: itemsAt(value, "spec", "destinations").map((item) => ({
      name: textAt(item, "name"),
      server: textAt(item, "server"),
      namespace: textAt(item, "namespace"),
    })),
    namespaced: hasList ? kinds("namespaceResourceWhitelist") : undefined,
    clusterWide: kinds("clusterResourceWhitelist"),
  };
}

/** True if an Application of the project may read a repository. What denies (`!`) permits nothing. */
export function permitsRepository({ repositories }: Project, address: string): boolean {
  return repositories.some((pattern) => matchesGlob(normalRepository(pattern), normalRepository(address), "/"));
}

/** True if an Application of the project may put objects into a namespace of its cluster. */
export function permitsDestination(
  { destinations }: Project,
  { cluster }: Pick<Application, "cluster">,
  namespace: string,
): boolean {
  return destinations.some((destination) => matchesDestination(destination, { ...cluster, namespace }));
}

/** True if a destination is the one that is asked for. */
export function matchesDestination(pattern: Destination, asked: Destination): boolean {
  const isCluster =
    (asked.name !== "" && matchesGlob(pattern.name, asked.name)) ||
    (asked.server !== "" && matchesGlob(pattern.server, asked.server));
  return isCluster && matchesGlob(pattern.namespace, asked.namespace);
}

/** True if the project permits a kind in a namespace. */
export function permitsNamespaced({ namespaced }: Project, asked: GroupKind): boolean {
  return namespaced?.some((each) => isKind(each, asked)) ?? true;
}

/** True if the project permits an object that lies in no namespace. */
export function permitsClusterWide({ clusterWide }: Project, asked: GroupKind, name: string): boolean {
  return clusterWide.some((each) => isKind(each, asked) && (each.name === "" || matchesGlob(each.name, name, "/")));
}

/** True if an entry of a list of kinds is about a kind. */
export function isKind(entry: GroupKind, asked: GroupKind): boolean {
  return matchesGlob(entry.kind, asked.kind, "/") && matchesGlob(entry.group, asked.group, "/");
}

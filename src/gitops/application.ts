/** An Application of Argo CD as the rules read it. */
import { itemsAt, type JsonPath, textAt, textsAt, valueAt } from "../charts/json.ts";
import type { GitopsDocument } from "./documents.ts";
import type { Place } from "./finding.ts";

/** One Application that an ApplicationSet makes. */
export type Application = {
  readonly name: string;
  readonly project: string;
  readonly repository: string;
  /** Folder of the chart in the repository. */
  readonly path: string;
  readonly revision: string;
  /** Name of the release; the Application's own where it names none. */
  readonly release: string;
  readonly valueFiles: readonly string[];
  /** Cluster by its name or its server, whichever it is known by. */
  readonly cluster: { readonly name: string; readonly server: string };
  readonly namespace: string;
  /** How it synchronises by itself; undefined where a person does it. */
  readonly automated?: { readonly prune: boolean; readonly selfHeal: boolean } | undefined;
  readonly createsNamespace: boolean;
  readonly finalizers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** The whole object. */
  readonly body: unknown;
  readonly set: GitopsDocument;
  /** Where the parameters that it was made with stand in the set. */
  readonly source: JsonPath;
};

/**
 * Reads an Application.
 *
 * @param source Where the parameters that it was made with stand in the set.
 */
export function toApplication(body: unknown, set: GitopsDocument, source: JsonPath): Application {
  const name = textAt(body, "metadata", "name");
  const from = ["spec", "source"];
  const helm = [...from, "helm"];
  const automated = valueAt(body, "spec", "syncPolicy", "automated");
  const isOn = typeof automated === "object" && automated !== null && valueAt(automated, "enabled") !== false;
  return {
    name,
    project: textAt(body, "spec", "project"),
    repository: textAt(body, ...from, "repoURL"),
    path: textAt(body, ...from, "path"),
    revision: textAt(body, ...from, "targetRevision"),
    release: textAt(body, ...helm, "releaseName") || name,
    valueFiles: textsOf(body, ...helm, "valueFiles"),
    cluster: {
      name: textAt(body, "spec", "destination", "name"),
      server: textAt(body, "spec", "destination", "server"),
    },
    namespace: textAt(body, "spec", "destination", "namespace"),
    automated: isOn
      ? { prune: valueAt(automated, "prune") === true, selfHeal: valueAt(automated, "selfHeal") === true }
      : undefined,
    createsNamespace: textsOf(body, "spec", "syncPolicy", "syncOptions").includes("CreateNamespace=true"),
    finalizers: textsOf(body, "metadata", "finalizers"),
    labels: textsAt(body, "metadata", "labels"),
    ...{ body, set, source },
  };
}

/**
 * Where a field of an Application comes from: the line of the template where it is written out there, else the line of the
 * parameters.
 */
export function placeOf({ name, set, source }: Application, ...path: JsonPath): Place {
  const inTemplate = ["spec", "template", ...path];
  const written = valueAt(set.value, ...inTemplate);
  const isWritten = path.length > 0 && written !== undefined && !JSON.stringify(written).includes("{{");
  return { file: set.file, line: set.lineOf(isWritten ? inTemplate : source), application: name };
}

/** A cluster as people call it. */
export function clusterName({ cluster }: Application): string {
  return cluster.name || cluster.server;
}

function textsOf(value: unknown, ...path: JsonPath): string[] {
  return itemsAt(value, ...path).flatMap((item) => (typeof item === "string" ? [item] : []));
}

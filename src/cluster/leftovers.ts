/** Decides what an uninstall left behind, from two lists of all objects of a cluster. */
import type { Leftover } from "./lifecycle-judgement.ts";

/** An object as it is listed. */
export type ListedObject = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Release that made it, by helm's annotation or the label app.kubernetes.io/instance; "" for none. */
  readonly release: string;
};

/** What is looked at. */
export type Traces = {
  readonly before: readonly ListedObject[];
  readonly after: readonly ListedObject[];
  readonly namespaces: readonly string[];
  readonly releases: readonly string[];
  /** Kinds that may be left. */
  readonly keep: readonly string[];
};

/** Kinds that the cluster itself makes, and lets go in its own time. */
export const PASSING_KINDS = ["Event", "Lease", "EndpointSlice", "Endpoints", "PodMetrics"] as const;

// A cluster makes them in every namespace, a moment after it.
const OF_NAMESPACE = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];

const FIELDS = [
  "kind",
  "metadata.namespace",
  "metadata.name",
  "metadata.uid",
  "metadata.annotations.meta\\.helm\\.sh/release-name",
  "metadata.labels.app\\.kubernetes\\.io/instance",
];

/** How kubectl prints what parseObjects reads. No value of an object is printed, so that no secret is. */
export const LIST_FORMAT = `jsonpath={range .items[*]}${FIELDS.map((field) => `{.${field}}`).join('{"|"}')}{"\\n"}{end}`;

/** Reads a list of objects. */
export function parseObjects(output: string): ListedObject[] {
  return output.split("\n").flatMap((line) => {
    const [kind = "", namespace = "", name = "", uid = "", helm = "", instance = ""] = line.split("|");
    return uid === "" ? [] : [{ kind, namespace, name, uid, release: helm === "" ? instance : helm }];
  });
}

/** What must not be there any more, and what is left as declared. */
export function leftoversOf({ before, after, namespaces, releases, keep }: Traces): {
  readonly leftovers: Leftover[];
  readonly kept: string[];
} {
  const known = new Set(before.map(({ uid }) => uid));
  const passing: readonly string[] = PASSING_KINDS;
  const left = after.filter(
    ({ kind, namespace, name, uid, release }) =>
      !known.has(uid) &&
      !passing.includes(kind) &&
      !OF_NAMESPACE.includes(`${kind} ${name}`) &&
      // Elsewhere, what a release made is told from what the cluster makes by the release's name on it.
      (namespaces.includes(namespace) || releases.includes(release)),
  );
  return {
    kept: left.filter(({ kind }) => keep.includes(kind)).map(nameOf),
    leftovers: left
      .filter(({ kind }) => !keep.includes(kind))
      .map((each) => {
        const owner = releases.includes(each.release) ? `of the release ${each.release}` : "made meanwhile";
        return { object: nameOf(each), reason: `${owner}, still there` };
      }),
  };
}

function nameOf({ kind, namespace, name }: ListedObject): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

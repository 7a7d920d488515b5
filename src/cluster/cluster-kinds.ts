/** Decides from the kinds that a cluster knows whether releases can be tested in it without a change of the cluster. */
import { type Manifest, objectName } from "../charts/manifest.ts";
import { groupOf } from "../charts/rules/kinds.ts";
import { PipelineError } from "../report/errors.ts";

/** A kind of objects that a cluster knows. */
export type ClusterKind = { readonly group: string; readonly kind: string; readonly isNamespaced: boolean };

/** A release has objects of kinds that the cluster does not know, and that is not the test's own to be taught. */
export class KindsMissingError extends PipelineError {
  override readonly name = "KindsMissingError";
  constructor(chart: string, strange: readonly Manifest[]) {
    const lines = strange.map((manifest) => `  ${manifest.apiVersion} ${objectName(manifest)} (${manifest.template})`);
    super(
      "config",
      `${chart} installs kinds that the cluster of --kubeconfig does not know, and a cluster of others is not changed for a test:\n${lines.join("\n")}`,
      "let its administrator install what defines these kinds, turn these objects off in the overlay, or leave --kubeconfig out, so that the test starts a cluster of its own",
    );
  }
}

/** Reads what `kubectl api-resources --no-headers` printed: short names may be missing, the last three columns never are. */
export function parseKinds(resources: string): ClusterKind[] {
  return resources.split("\n").flatMap((line) => {
    const [kind, isNamespaced, apiVersion] = line.trim().split(/\s+/).reverse();
    if (kind === undefined || apiVersion === undefined) return [];
    return [{ group: groupOf({ apiVersion }), kind, isNamespaced: isNamespaced === "true" }];
  });
}

/**
 * Throws KindsMissingError where a render has objects of kinds that a cluster does not know.
 *
 * @param kinds Of the cluster.
 */
export function checkKinds(chart: string, manifests: readonly Manifest[], kinds: readonly ClusterKind[]): void {
  const known = new Set(kinds.map(({ group, kind }) => `${group} ${kind}`));
  // A cluster lists one version of a group, and serves more.
  const strange = manifests.filter((manifest) => !known.has(`${groupOf(manifest)} ${manifest.kind}`));
  if (strange.length > 0) throw new KindsMissingError(chart, strange);
}

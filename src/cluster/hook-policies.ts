/** Finds the network policies of a release that helm has taken away again, though pods that they are for come back. */
import { valueAt } from "../charts/json.ts";
import type { Manifest } from "../charts/manifest.ts";
import { deletePoliciesOf, isHook } from "../charts/rules/hook-order.ts";

/** Policies that a hook brings and that go when it has succeeded; what they open is proved while they are there once more. */
export function passingPolicies(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(
    (manifest) =>
      manifest.kind === "NetworkPolicy" &&
      isHook(manifest) &&
      (deletePoliciesOf(manifest) ?? []).includes("hook-succeeded"),
  );
}

/** Policies as a list that kubectl takes, in the namespace of the release where they name none. */
export function policyList(policies: readonly Manifest[], releaseNamespace: string): string {
  const items = policies.map(({ apiVersion, kind, name, namespace, body }) => ({
    ...{ apiVersion, kind },
    metadata: { name, namespace: namespace === "" ? releaseNamespace : namespace },
    spec: valueAt(body, "spec"),
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

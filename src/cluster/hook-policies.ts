/** Finds the network policies of a release that helm has taken away again, though pods that they are for come back. */
import { valueAt } from "../charts/json.ts";
import type { Manifest } from "../charts/manifest.ts";
import { deletePoliciesOf, isHook } from "../charts/rules/hook-order.ts";

/**
 * Policies that a hook brings and that go when it has succeeded; what they open is proved while they are there once more. Those that
 * name no namespace get that of the release.
 */
export function passingPolicies(manifests: readonly Manifest[], releaseNamespace: string): Manifest[] {
  const passing = manifests.filter(
    (manifest) =>
      manifest.kind === "NetworkPolicy" &&
      isHook(manifest) &&
      (deletePoliciesOf(manifest) ?? []).includes("hook-succeeded"),
  );
  return passing.map((policy) => (policy.namespace === "" ? { ...policy, namespace: releaseNamespace } : policy));
}

/** Policies as a list that kubectl takes. */
export function policyList(policies: readonly Manifest[]): string {
  const items = policies.map(({ apiVersion, kind, name, namespace, body }) => ({
    ...{ apiVersion, kind },
    metadata: { name, namespace },
    spec: valueAt(body, "spec"),
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

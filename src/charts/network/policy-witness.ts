/** Finds the pods outside a release that its policies would let in or reach, although nobody has named them. */
import { NAMESPACE_LABEL, OTHER_NAMESPACE } from "./endpoint.ts";
import { isSelected, type Labels, type LabelSelector, witnessesOf } from "./label-selector.ts";
import { allRules, type NetworkPolicy } from "./network-policy.ts";

/** A pod with no more labels than it needs for a policy to allow it. */
export type Witness = { readonly namespace: string; readonly labels: Labels; readonly namespaceLabels: Labels };

/** A namespace that is known by name, and its labels. */
export type Namespace = { readonly namespace: string; readonly namespaceLabels: Labels };

/**
 * For every peer of every rule, the least pods that it selects. If these are declared, so is all that the peer selects.
 *
 * @param own The namespace of the release.
 */
export function policyWitnesses(policies: readonly NetworkPolicy[], own: Namespace): Witness[] {
  return policies.flatMap((policy) => {
    const peers = allRules(policy).flatMap((rule) => (rule.peers === "everyone" ? [] : rule.peers));
    return peers.flatMap((peer) => {
      if (peer.kind === "addresses") return [];
      const labels = witnessesOf(peer.pods);
      return namespacesOf(peer.namespaces, policy.namespace, own).flatMap((namespace) =>
        labels.map((each) => ({ ...namespace, labels: each })),
      );
    });
  });
}

/** The least namespaces that a peer selects: the release's own, those that it names, and any with the labels it wants. */
function namespacesOf(selector: LabelSelector | undefined, policyNamespace: string, own: Namespace): Namespace[] {
  if (selector === undefined) return [{ namespace: policyNamespace, namespaceLabels: {} }];
  const others = witnessesOf(selector).flatMap((wanted): Namespace[] => {
    const namespace = wanted[NAMESPACE_LABEL] ?? OTHER_NAMESPACE;
    const namespaceLabels = { ...wanted, [NAMESPACE_LABEL]: namespace };
    return isSelected(selector, namespaceLabels) && namespace !== own.namespace ? [{ namespace, namespaceLabels }] : [];
  });
  return [...(isSelected(selector, own.namespaceLabels) ? [own] : []), ...others];
}

/** Finds pods that no network policy restricts, as a part of the reachability rule. */
import type { ChartRender, Finding } from "../finding.ts";
import { objectName } from "../manifest.ts";
import type { ReleasePod } from "../network/endpoint.ts";
import { formatLabels, identifyingLabels } from "../network/label-selector.ts";
import { DIRECTIONS, type Direction, type NetworkPolicy } from "../network/network-policy.ts";
import { isOnHostNetwork, policiesFor, type Reachability } from "../network/reachability.ts";
import { hooksOf } from "../workload.ts";
import { findingOf } from "./reachability-finding.ts";

/**
 * The policies that exist when a pod first runs: all of them, but for a hook before the first install only those that
 * are such hooks themselves, of a lower weight.
 */
export function policiesInTime(policies: readonly NetworkPolicy[], { workload }: ReleasePod): readonly NetworkPolicy[] {
  if (!workload.hooks.includes("pre-install")) return policies;
  const weight = weightOf(workload.manifest.annotations);
  return policies.filter(({ manifest }) => {
    return hooksOf(manifest).includes("pre-install") && weightOf(manifest.annotations) < weight;
  });
}

/** Finds every pod and direction that no policy restricts, always or at the time when the pod runs. */
export function isolationFindings(render: ChartRender, { pods, policies }: Reachability): Finding[] {
  return pods.flatMap((pod) =>
    DIRECTIONS.flatMap((direction): Finding[] => {
      const all = policiesFor(policies, pod, direction);
      if (policiesFor(policiesInTime(policies, pod), pod, direction).length > 0) return [];
      const { manifest, specPath } = pod.workload;
      const path = isOnHostNetwork(pod) ? [...specPath, "hostNetwork"].join(".") : "";
      return [{ ...findingOf(render), object: objectName(manifest), path, ...explain(pod, direction, all) }];
    }),
  );
}

function explain(
  pod: ReleasePod,
  direction: Direction,
  all: readonly NetworkPolicy[],
): Pick<Finding, "reason" | "fix"> {
  const name = direction === "ingress" ? "Ingress" : "Egress";
  const consequence = direction === "ingress" ? "everyone may connect to it" : "it may connect to everyone";
  if (isOnHostNetwork(pod)) {
    const reason = `is not isolated: it is on the network of its node, which policies do not restrict, so ${consequence}`;
    return { reason, fix: "remove hostNetwork" };
  }
  const labels = formatLabels(identifyingLabels(pod.labels));
  if (all.length === 0) {
    const reason = `is not isolated: no policy with ${name} selects its pods (${labels}), so ${consequence}`;
    return {
      reason,
      fix: `add a policy with policyTypes [${name}] that selects them; the release may have one for all its pods`,
    };
  }
  const late = all.map(({ manifest }) => manifest.name).join(", ");
  const reason = `is not isolated when it runs before the first install: ${late} comes only with or after it, so ${consequence}`;
  const fix = `make a policy with ${name} for it a pre-install hook with a helm.sh/hook-weight lower than that of the pod`;
  return { reason, fix };
}

function weightOf(annotations: Readonly<Record<string, string>>): number {
  return Number(annotations["helm.sh/hook-weight"] ?? "0");
}

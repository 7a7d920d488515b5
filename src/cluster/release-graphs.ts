/** Proves the component graphs of what a smoke test has installed. */
import { graphOf } from "../platform/chart-specs.ts";
import type { Environment } from "../platform/environments.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import type { Client } from "./client.ts";
import { passingPolicies, policyList } from "./hook-policies.ts";
import { planNetworkProof } from "./network-plan.ts";
import { proveNetwork } from "./network-proof.ts";
import type { Release } from "./release.ts";
import type { NetworkResult } from "./smoke-report.ts";

/**
 * Proves the graphs of releases that stand. One after the other: the stand-ins of two proofs would have the same names, and share
 * namespaces that one removes.
 */
export async function proveGraphs(
  cluster: Client,
  releases: readonly Release[],
  environment: Environment,
): Promise<NetworkResult[]> {
  const all: NetworkResult[] = [];
  for (const release of releases) {
    all.push(...(await withHookPolicies(cluster, release, () => proveGraph(cluster, release, environment))));
  }
  return all;
}

/** Does what is to be done while the cluster has the policies of hooks that have succeeded, and removes them again. */
async function withHookPolicies<Result>(
  cluster: Client,
  { spec, manifests }: Release,
  work: () => Promise<Result>,
): Promise<Result> {
  const policies = passingPolicies(manifests);
  if (policies.length === 0) return work();
  await cluster.apply(policyList(policies, spec.namespace));
  try {
    return await work();
  } finally {
    for (const { name, namespace } of policies) {
      const place = ["--namespace", namespace === "" ? spec.namespace : namespace];
      await cluster.kubectl("delete", "networkpolicy", name, ...place, "--ignore-not-found");
    }
  }
}

async function proveGraph(
  cluster: Client,
  { spec, manifests }: Release,
  environment: Environment,
): Promise<NetworkResult[]> {
  if (spec.network === undefined) return [];
  const { system, name: chart, path, release, namespace } = spec;
  const render = { system, chart, path, release, namespace, environment, manifests };
  const began = monotonicSeconds();
  const proof = await proveNetwork(
    cluster,
    planNetworkProof(render, graphOf(spec.network, environment), undefined, true),
  );
  return [{ chart, proof, seconds: monotonicSeconds() - began }];
}

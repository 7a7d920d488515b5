/** Proves the component graphs of what a smoke test has installed. */
import { graphOf } from "../platform/chart-specs.ts";
import type { Environment } from "../platform/environments.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import type { Client } from "./client.ts";
import { passingPolicies, policyList } from "./hook-policies.ts";
import { type NetworkPlan, planNetworkProof } from "./network-plan.ts";
import { type ProofPlace, proveNetworks } from "./network-proof.ts";
import { stagesOf } from "./network-stage.ts";
import type { Release } from "./release.ts";
import type { NetworkResult } from "./smoke-report.ts";

/**
 * Proves the graphs of releases that stand, as many together as fit onto the node. The last stand-ins stay: the cluster is the test's
 * own and ends with it.
 */
export async function proveGraphs(
  place: ProofPlace,
  releases: readonly Release[],
  environment: Environment,
): Promise<NetworkResult[]> {
  const planned = releases.flatMap((release) => planGraph(release, environment));
  const stages = stagesOf(planned.map(({ plan }) => plan));
  const all: NetworkResult[] = [];
  for (const stage of stages) {
    const own = planned.filter(({ plan }) => stage.includes(plan));
    const keepsStandIns = stage === stages.at(-1);
    all.push(...(await withHookPolicies(place.cluster, own, () => proveStage(place, own, keepsStandIns))));
  }
  return all;
}

/** A release that has a graph, and how to prove it. */
type PlannedGraph = { readonly release: Release; readonly plan: NetworkPlan };

function planGraph(release: Release, environment: Environment): PlannedGraph[] {
  const { spec, manifests } = release;
  if (spec.network === undefined) return [];
  const { system, name: chart, path, release: name, namespace } = spec;
  const render = { system, chart, path, release: name, namespace, environment, manifests };
  return [{ release, plan: planNetworkProof(render, graphOf(spec.network, environment), undefined, true) }];
}

/** Does what is to be done while the cluster has the policies of hooks that have succeeded, and removes them again. */
async function withHookPolicies<Result>(
  cluster: Client,
  graphs: readonly PlannedGraph[],
  work: () => Promise<Result>,
): Promise<Result> {
  const policies = graphs.flatMap(({ release: { spec, manifests } }) => passingPolicies(manifests, spec.namespace));
  if (policies.length === 0) return work();
  await cluster.apply(policyList(policies));
  try {
    return await work();
  } finally {
    for (const { name, namespace } of policies) {
      await cluster.kubectl("delete", "networkpolicy", name, "--namespace", namespace, "--ignore-not-found");
    }
  }
}

async function proveStage(
  place: ProofPlace,
  graphs: readonly PlannedGraph[],
  keepsStandIns: boolean,
): Promise<NetworkResult[]> {
  const began = monotonicSeconds();
  const proofs = await proveNetworks(
    place,
    graphs.map(({ plan }) => plan),
    { keepsStandIns },
  );
  const seconds = monotonicSeconds() - began;
  return graphs.flatMap(({ release }, index) => {
    const proof = proofs[index];
    return proof === undefined ? [] : [{ chart: release.spec.name, proof, seconds }];
  });
}

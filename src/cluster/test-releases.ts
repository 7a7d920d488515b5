/** Installs the releases of a smoke test into a cluster that is ready for them, and shows that they work. */
import type { File } from "@dagger.io/dagger";

import type { BuiltRelease } from "../images/functions.ts";
import type { Environment } from "../platform/environments.ts";
import { asRenderedCheck } from "./as-rendered.ts";
import type { CheckResult } from "./check-run.ts";
import { runRequests, runStops } from "./checks.ts";
import { describeDiagnosis } from "./diagnosis/index.ts";
import { inNamespaces } from "./diagnosis/observation.ts";
import { askFromOutside } from "./ingress.ts";
import type { IngressPlan } from "./ingress-plan.ts";
import type { TestCluster } from "./k3s.ts";
import { proveImages } from "./node-images.ts";
import type { NodeTarball } from "./node-tarball.ts";
import type { Made } from "./prepare-releases.ts";
import { proveGraphs } from "./release-graphs.ts";
import { installReleases, type Release } from "./release.ts";
import type { SmokeResult } from "./smoke-report.ts";

/** What is installed, and what is known of it. */
export type Installed = {
  readonly releases: readonly Release[];
  readonly built: BuiltRelease;
  readonly node: NodeTarball;
  /** The program that has stand-ins try connections. */
  readonly trials: File;
  readonly ingress: IngressPlan;
  readonly notes: readonly string[];
};

/** Installs releases and gives what was found; what is not ready or does not hold is part of that. */
export async function testReleases(
  cluster: TestCluster,
  { releases, node, trials, built, ingress, notes }: Installed,
  environment: Environment,
  { secrets, certificates }: Made,
): Promise<Omit<SmokeResult, "seconds">> {
  const { resources, diagnoses, pods } = await installReleases(cluster, releases, environment, secrets);
  const outside = () => askFromOutside(cluster, ingress, releases, environment, certificates);
  const shown =
    diagnoses.length > 0 ? NOTHING : await showThatItWorks({ cluster, trials }, releases, environment, outside);
  const kinds = "pods,replicasets,statefulsets,jobs";
  const all: unknown = JSON.parse(await cluster.kubectl("get", kinds, "--all-namespaces", "--output", "json"));
  const objects = inNamespaces(all, cluster.namespaces ?? []);
  const rendered = asRenderedCheck(inNamespaces(all, namespacesOf(releases)));
  return {
    environment,
    commit: built.commit,
    clusterSeconds: await cluster.ready(),
    resources,
    networks: shown.networks,
    // What others do to pods in a cluster of theirs is their own affair.
    checks: cluster.namespaces === undefined ? [...shown.checks, rendered] : shown.checks,
    proof: proveImages(pods.with(objects), node.images),
    diagnoses: diagnoses.map(describeDiagnosis),
    notes,
  };
}

/** The namespaces of releases, each once. */
export function namespacesOf(releases: readonly Release[]): string[] {
  return [...new Set(releases.map(({ spec }) => spec.namespace))];
}

/** What can only be shown of a release that stands. */
type Shown = Pick<SmokeResult, "checks" | "networks">;

const NOTHING: Shown = { checks: [], networks: [] };

/**
 * Asks, and then stops components and tries connections side by side: what asks needs the components and the whole machine, while
 * stand-ins try connections with each other, whatever the components do, and a component that is stopped is mostly waited for.
 */
async function showThatItWorks(
  { cluster, trials }: { readonly cluster: TestCluster; readonly trials: File },
  releases: readonly Release[],
  environment: Environment,
  askOutside: () => Promise<CheckResult[]>,
): Promise<Shown> {
  const [asked, entered] = await Promise.all([
    Promise.all(releases.map((release) => runRequests(cluster, release, environment))),
    askOutside(),
  ]);
  const [stopped, networks] = await Promise.all([
    Promise.all(releases.map((release) => runStops(cluster, release, environment))),
    // Stand-ins would have to be in namespaces of others.
    cluster.namespaces === undefined ? proveGraphs({ cluster, trials }, releases, environment) : [],
  ]);
  return { checks: [...asked, entered, ...stopped].flat(), networks };
}

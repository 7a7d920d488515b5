/** Makes a cluster ready for releases: namespaces, Secrets, kinds of custom resources, and what stands for services outside. */
import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";

import type { ChartSource } from "../charts/prepare.ts";
import type { Environment } from "../platform/environments.ts";
import { fitOntoNode } from "./admit.ts";
import { defineCustomResources } from "./definitions.ts";
import { type External, withExternalSecrets } from "./externals-plan.ts";
import { startExternals } from "./externals.ts";
import { entryCertificates, installController } from "./ingress.ts";
import type { IngressPlan } from "./ingress-plan.ts";
import type { TestCluster } from "./k3s.ts";
import { makeSecrets, prepareNamespaces, type Release } from "./release.ts";
import type { Certificates } from "./throw-away-secrets.ts";

/** What is installed, and what it needs. */
export type Prepared = {
  readonly source: ChartSource;
  readonly releases: readonly Release[];
  readonly externals: readonly External[];
  /** How checks from outside come in. */
  readonly ingress: IngressPlan;
  /** Source of the programs that run in the cluster. */
  readonly programs: Directory;
};

/** Values of Secrets, to be kept out of what is printed, and the certificates of entries. */
export type Made = { readonly secrets: readonly string[]; readonly certificates: Certificates };

/** Prepares a cluster: of our own, where what pods request is lowered and an ingress controller installed, or an existing one. */
export async function prepareReleases(
  cluster: TestCluster,
  { source, releases, externals, ingress, programs }: Prepared,
  environment: Environment,
): Promise<Made> {
  const charts = releases.map(({ spec }) => withExternalSecrets(spec, externals, environment));
  const certificates = entryCertificates(ingress);
  const made = charts.map((chart) => ({ chart, secrets: makeSecrets(chart, certificates) }));
  const isOwn = cluster.namespaces === undefined;
  const [secrets] = await Promise.all([
    prepareNamespaces(
      cluster,
      charts,
      made.map((each) => each.secrets),
    ),
    isOwn ? fitOntoNode(cluster) : undefined,
    isOwn ? installController(cluster, ingress) : undefined,
  ]);
  const namespaces = [...new Set(charts.map(({ namespace }) => namespace))];
  const manifests = releases.flatMap((release) => release.manifests);
  await Promise.all([
    // A cluster of others has been asked whether it knows all kinds, and is taught none.
    isOwn ? defineCustomResources(cluster, source, manifests) : undefined,
    startExternals(cluster, {
      ...{ externals, environment, programs, namespaces, lock: source.lock, run: randomUUID() },
      secrets: new Map(made.map((each) => [each.chart.name, each.secrets])),
    }),
  ]);
  return { secrets, certificates };
}

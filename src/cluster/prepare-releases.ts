/** Makes a cluster ready for releases: namespaces, Secrets, kinds of custom resources, and what stands for services outside. */
import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";

import type { ChartSource } from "../charts/prepare.ts";
import type { Environment } from "../platform/environments.ts";
import type { Client } from "./client.ts";
import { defineCustomResources } from "./definitions.ts";
import { type External, withExternalSecrets } from "./externals-plan.ts";
import { isReduced } from "./as-rendered.ts";
import { startExternals } from "./externals.ts";
import { makeSecrets, prepareNamespaces, type Release } from "./release.ts";

/** What is installed, and what it needs. */
export type Prepared = {
  readonly source: ChartSource;
  readonly releases: readonly Release[];
  readonly externals: readonly External[];
  /** Source of the programs that run in the cluster. */
  readonly programs: Directory;
};

/** Prepares a cluster; returns the values of the Secrets, to be kept out of what is printed. */
export async function prepareReleases(
  client: Client,
  { source, releases, externals, programs }: Prepared,
  environment: Environment,
): Promise<string[]> {
  const charts = releases.map(({ spec }) => withExternalSecrets(spec, externals, environment));
  const made = charts.map((chart) => ({ chart, secrets: makeSecrets(chart) }));
  const values = await prepareNamespaces(
    client,
    charts,
    made.map(({ secrets }) => secrets),
  );
  const namespaces = [...new Set(charts.map(({ namespace }) => namespace))];
  const manifests = releases.flatMap((release) => release.manifests);
  await Promise.all([
    defineCustomResources(client, source, manifests),
    isReduced(environment)
      ? startExternals(client, {
          ...{ externals, environment, programs, namespaces, lock: source.lock, run: randomUUID() },
          secrets: new Map(made.map(({ chart, secrets }) => [chart.name, secrets])),
        })
      : undefined,
  ]);
  return values;
}

/** Installs a release into a cluster and follows it until it stands. */
import { randomBytes } from "node:crypto";

import { dag, type Directory, ReturnType } from "@dagger.io/dagger";

import type { Manifest } from "../charts/manifest.ts";
import { hooksOf } from "../charts/workload.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { lastLines } from "../report/engine-failure.ts";
import type { Client } from "./client.ts";
import type { Diagnosis } from "./diagnosis/index.ts";
import type { Progress, Wanted } from "./diagnosis/progress.ts";
import { applyHidden } from "./hidden-manifest.ts";
import type { TestCluster } from "./k3s.ts";
import type { PullPolicy } from "./pull-policy.ts";
import { SeenPods } from "./seen-pods.ts";
import type { ResourceResult } from "./smoke-report.ts";
import { type Certificates, type ThrowAwaySecrets, throwAwaySecrets } from "./throw-away-secrets.ts";
import { type InstallState, watchRelease } from "./watch.ts";

/** A chart that is ready to be installed. */
export type Release = {
  readonly spec: ChartSpec;
  /** The chart with all that it depends on. */
  readonly chart: Directory;
  /** Values that come before the overlays, and those that come after them. */
  readonly digests: string;
  readonly overrides: string;
  /** What every container must have, so that it runs what the node was given. */
  readonly pullPolicy: PullPolicy;
  /** What the install renders. */
  readonly manifests: readonly Manifest[];
};

/** How installs ended. */
export type InstallResult = {
  readonly resources: readonly ResourceResult[];
  /** Why they failed, root causes first; nothing where everything is ready. */
  readonly diagnoses: readonly Diagnosis[];
  /** Pods that there were meanwhile. */
  readonly pods: SeenPods;
};

/** Longest time until everything of all releases is ready, in seconds. */
const READY_WITHIN_SECONDS = 240;

/** Kinds of objects that an install waits for. */
const AWAITED = new Set(["Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"]);

/**
 * Makes the namespaces of charts, which refuse every pod that is not restricted, and throw-away Secrets in them.
 * Returns the values of the Secrets, so that they can be kept out of what is printed.
 *
 * @param secrets Secrets to make, where they are not those that the charts alone ask for.
 */
export async function prepareNamespaces(
  client: Client,
  charts: readonly ChartSpec[],
  secrets: readonly ThrowAwaySecrets[] = charts.map((chart) => makeSecrets(chart)),
): Promise<string[]> {
  const names = [...new Set(charts.map(({ namespace }) => namespace))];
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  const items = names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }));
  await client.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  // kubectl refuses a list of nothing.
  const needed = secrets.filter(({ keys }) => keys.size > 0);
  for (const { manifest } of needed) await applyHidden(client, manifest);
  return secrets.flatMap(({ values }) => values);
}

/** The throw-away Secrets of a chart, with values that nobody has seen, and the certificates of its entries. */
export function makeSecrets(chart: ChartSpec, certificates: Certificates = new Map()): ThrowAwaySecrets {
  return throwAwaySecrets(chart, () => randomBytes(18).toString("hex"), certificates);
}

/**
 * Installs releases side by side and waits until everything of them is ready, or has failed in a way that time does not heal.
 *
 * @param secrets Values that are left out of what is printed.
 */
export async function installReleases(
  client: TestCluster,
  releases: readonly Release[],
  environment: Environment,
  secrets: readonly string[],
): Promise<InstallResult> {
  const ended: Ended[] = [];
  const pods = new SeenPods();
  const installs = releases.map(async (release) => {
    ended.push(await helmInstall(client, release, environment));
  });
  installs.forEach((install) => {
    install.catch(() => undefined);
  });
  // Objects can be made before pods can run, and only what pods do afterwards says anything of them.
  await client.ready();
  const outcome = await watchRelease(client, {
    namespaces: [...new Set(releases.map(({ spec }) => spec.namespace))],
    wanted: releases.flatMap(wantedOf),
    withinSeconds: READY_WITHIN_SECONDS,
    secrets,
    install: () => stateOf(ended, releases.length),
    seen: (document) => {
      pods.add(document);
    },
  });
  const resources = outcome.resources.map((resource) => ({ chart: chartOf(releases, resource), ...resource }));
  // What is under way ends with the cluster.
  if (outcome.kind === "failed") return { resources, diagnoses: outcome.diagnoses, pods };
  await Promise.all(installs);
  return { resources, diagnoses: [], pods };
}

/** What is awaited of a release: its hooks run before, and helm itself waits for them. */
export function wantedOf({ spec, manifests }: Release): Wanted[] {
  return manifests
    .filter((manifest) => AWAITED.has(manifest.kind) && hooksOf(manifest).length === 0)
    .map(({ kind, name, namespace }) => ({ kind, name, namespace: namespace === "" ? spec.namespace : namespace }));
}

function stateOf(ended: readonly Ended[], all: number): InstallState {
  const refused = ended.find(({ exitCode }) => exitCode !== 0);
  return { done: ended.length === all, ...(refused === undefined ? {} : { refused: refused.output }) };
}

/** The chart that a resource is of; "" for one that no chart renders, such as a hook's. */
function chartOf(releases: readonly Release[], { namespace, resource }: Progress): string {
  const found = releases.find((release) =>
    wantedOf(release).some((each) => each.namespace === namespace && `${each.kind} ${each.name}` === resource),
  );
  return found?.spec.name ?? "";
}

type Ended = { readonly exitCode: number; readonly output: string };

async function helmInstall(client: Client, release: Release, environment: Environment): Promise<Ended> {
  const { spec, chart, digests, overrides } = release;
  const overlays = (spec.environments[environment] ?? []).map((file) => `/chart/${file}`);
  const values = ["/values/digests.yaml", ...overlays, "/values/overrides.yaml"].flatMap((file) => ["--values", file]);
  const container = client
    .client()
    .withMountedDirectory("/chart", chart)
    .withMountedDirectory(
      "/values",
      dag.directory().withNewFile("digests.yaml", digests).withNewFile("overrides.yaml", overrides),
    );
  const timeout = ["--timeout", `${READY_WITHIN_SECONDS}s`];
  const ended = container.withExec(
    ["helm", "install", spec.release, "/chart", "--namespace", spec.namespace, ...values, ...timeout],
    { expect: ReturnType.Any },
  );
  const [exitCode, stderr] = [await ended.exitCode(), await ended.stderr()];
  return { exitCode, output: lastLines(stderr, 8).join("\n") };
}

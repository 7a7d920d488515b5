/** Installs a release into a cluster and follows it until it stands. */
import { randomBytes } from "node:crypto";

import { type Container, dag, type Directory, ReturnType } from "@dagger.io/dagger";

import type { Manifest } from "../charts/manifest.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { lastLines } from "../report/engine-failure.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import type { Client } from "./client.ts";
import { type Diagnosis, diagnose } from "./diagnosis/index.ts";
import { KubectlError } from "./kubectl-error.ts";
import { type Rollout, rolloutsOf } from "./rollout.ts";
import type { ResourceResult } from "./smoke-report.ts";
import { throwAwaySecrets } from "./throw-away-secrets.ts";

/** A chart that is ready to be installed. */
export type Release = {
  readonly spec: ChartSpec;
  /** The chart with all that it depends on. */
  readonly chart: Directory;
  /** Values that come before the overlays, and those that come after them. */
  readonly digests: string;
  readonly overrides: string;
  /** What the install renders. */
  readonly manifests: readonly Manifest[];
};

/** How an install ended. */
export type InstallResult = {
  readonly resources: readonly ResourceResult[];
  /** Why it failed; nothing where everything is ready. */
  readonly diagnoses: readonly Diagnosis[];
};

/** Longest time until everything of a release is ready, in seconds. */
const READY_WITHIN_SECONDS = 240;
const POLL_MILLISECONDS = 400;
const FOLLOWED = [
  "deployments",
  "statefulsets",
  "daemonsets",
  "replicasets",
  "jobs",
  "pods",
  "persistentvolumeclaims",
  "events",
];

/**
 * Makes the namespaces of charts, which refuse every pod that is not restricted, and throw-away Secrets in them.
 * Returns the values of the Secrets, so that they can be kept out of what is printed.
 */
export async function prepareNamespaces(client: Client, charts: readonly ChartSpec[]): Promise<string[]> {
  const names = [...new Set(charts.map(({ namespace }) => namespace))];
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  const items = names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }));
  await client.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const secrets = charts.map((chart) => throwAwaySecrets(chart, () => randomBytes(18).toString("hex")));
  for (const { manifest } of secrets) {
    const hidden = dag.setSecret(`slipway-throw-away-${randomBytes(8).toString("hex")}`, manifest);
    const place = "/run/throw-away.json";
    const container = client.client().withMountedSecret(place, hidden);
    await succeed(container, ["kubectl", "apply", "--server-side", "--filename", place]);
  }
  return secrets.flatMap(({ values }) => values);
}

/**
 * Installs a release and waits until everything of it is ready, or has failed in a way that time does not heal.
 *
 * @param secrets Values that are left out of what is printed.
 */
export async function installRelease(
  client: Client,
  release: Release,
  environment: Environment,
  secrets: readonly string[],
): Promise<InstallResult> {
  const began = monotonicSeconds();
  const install: { ended?: Ended } = {};
  const installing = helmInstall(client, release, environment).then((ended) => {
    install.ended = ended;
  });
  const ready = new Map<string, ResourceResult>();
  for (;;) {
    const snapshot: unknown = JSON.parse(
      await client.kubectl("get", FOLLOWED.join(","), "--namespace", release.spec.namespace, "--output", "json"),
    );
    const seconds = monotonicSeconds() - began;
    const rollouts = rolloutsOf(snapshot);
    for (const rollout of rollouts) note(ready, release.spec.name, rollout, seconds);
    const resources = rollouts.map(
      (rollout) => ready.get(rollout.resource) ?? toResult(release.spec.name, rollout, seconds),
    );
    const refused = install.ended?.exitCode === 0 ? undefined : install.ended?.output;
    const late = seconds > READY_WITHIN_SECONDS;
    const diagnoses = diagnose(snapshot, { refused, late, now: Date.now() });
    if (diagnoses.length > 0) return { resources, diagnoses: await withLogs(client, release.spec, diagnoses, secrets) };
    if (install.ended?.exitCode === 0 && rollouts.every((rollout) => rollout.ready)) {
      await installing;
      return { resources, diagnoses: [] };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
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

function note(ready: Map<string, ResourceResult>, chart: string, rollout: Rollout, seconds: number): void {
  if (!rollout.ready) ready.delete(rollout.resource);
  else if (!ready.has(rollout.resource)) ready.set(rollout.resource, toResult(chart, rollout, seconds));
}

function toResult(chart: string, rollout: Rollout, seconds: number): ResourceResult {
  return { chart, ...rollout, seconds };
}

/** Adds the last lines of the container that a diagnosis is about. */
async function withLogs(
  client: Client,
  { namespace }: ChartSpec,
  diagnoses: readonly Diagnosis[],
  secrets: readonly string[],
): Promise<Diagnosis[]> {
  return Promise.all(
    diagnoses.map(async (diagnosis) => {
      const { pod, container, previous } = diagnosis;
      if (pod === undefined || container === undefined) return diagnosis;
      const words = ["logs", pod, "--namespace", namespace, "--container", container, "--tail=15"];
      const { stdout } = await client.tryKubectl(...words, ...(previous ? ["--previous"] : []));
      return { ...diagnosis, log: hide(lastLines(stdout, 5).join("\n"), secrets) };
    }),
  );
}

/** Leaves secret values out of a text. */
export function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
}

/** Runs a command of the client and gives what it printed; throws KubectlError when it fails. */
export async function succeed(container: Container, command: string[]): Promise<string> {
  const ended = container.withExec(command, { expect: ReturnType.Any });
  const exitCode = await ended.exitCode();
  const [stdout, stderr] = await Promise.all([ended.stdout(), ended.stderr()]);
  if (exitCode !== 0) throw new KubectlError({ command, exitCode, stdout, stderr });
  return stdout;
}

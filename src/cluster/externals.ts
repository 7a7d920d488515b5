/** Starts what stands for services outside, before a release is installed that needs them. Rules are in the files beside. */
import { dag, type Directory } from "@dagger.io/dagger";

import { compileOwnProgram } from "../charts/tools.ts";
import type { Environment } from "../platform/environments.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import { trustAuthority } from "./admit.ts";
import type { Client } from "./client.ts";
import type { External } from "./externals-plan.ts";
import {
  type ExternalFiles,
  EXTERNALS_NAMESPACE,
  externalObjects,
  fillVariable,
  hostLines,
} from "./externals-manifests.ts";
import { applyHidden } from "./hidden-manifest.ts";
import type { TestCluster } from "./k3s.ts";
import { KubectlError } from "./kubectl-error.ts";
import type { NamedTarball } from "./node-tarball.ts";
import { nodeImageName } from "./side-load.ts";
import { fillSecrets, type ThrowAwaySecrets } from "./throw-away-secrets.ts";
import { succeed } from "./succeed.ts";

/** What the services are started with. */
export type ExternalsOptions = {
  readonly externals: readonly External[];
  readonly environment: Environment;
  readonly lock: ImageLock;
  /** Source of the programs that run in the cluster. */
  readonly programs: Directory;
  /** Tells this run's certificates from all others. */
  readonly run: string;
  /** Namespaces of the releases. */
  readonly namespaces: readonly string[];
  /** Secrets of each chart, by its name. */
  readonly secrets: ReadonlyMap<string, ThrowAwaySecrets>;
};

/** Their images, for a cluster to be started with. */
export function externalImages(externals: readonly External[], lock: ImageLock): NamedTarball[] {
  const references = new Set(externals.map(({ spec }) => lookupImage(lock, spec.image).reference));
  return [...references].map((reference) => {
    return { name: nodeImageName(reference), tarball: dag.container().from(reference).asTarball() };
  });
}

/** Longest time until a service answers, in seconds. */
const READY_WITHIN_SECONDS = 120;

// The name service is started anew: it would see the new file only after minutes.
const NAMES_SCRIPT = `set -eu
ask() { kubectl --namespace kube-system "$@"; }
hosts=$(ask get configmap coredns --output 'jsonpath={.data.NodeHosts}')
printf '%s\\n%s\\n' "$hosts" "$HOSTS" | sed '/^$/d; s/^/    /' > /tmp/hosts
{ printf 'data:\\n  NodeHosts: |\\n'; cat /tmp/hosts; } > /tmp/patch.yaml
ask patch configmap coredns --type merge --patch-file /tmp/patch.yaml > /dev/null
ask rollout restart deployment/coredns > /dev/null
ask rollout status deployment/coredns --timeout="\${BOUND}s" > /dev/null`;

/** Starts the services, tells the cluster's name service where they are, and makes pods trust their certificates. */
export async function startExternals(client: TestCluster, options: ExternalsOptions): Promise<void> {
  const { externals, namespaces } = options;
  if (externals.length === 0) return;
  // They are pods, and change what the name service says.
  const [{ authority, pairs }] = await Promise.all([certificates(options), client.ready()]);
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: EXTERNALS_NAMESPACE, labels } };
  const objects = externals.flatMap((external, index) => {
    const pair = pairs[index] ?? { certificate: "", key: "" };
    return externalObjects(external, { ...filesOf(external, options), pair, authority });
  });
  await applyHidden(client, list([namespace, ...objects]));
  await Promise.all([
    waitForExternals(client, externals),
    setHosts(client, externals),
    trustAuthority(client, namespaces, authority),
  ]);
}

/** What services answered with, where one does not: state and logs. */
async function waitForExternals(client: Client, externals: readonly External[]): Promise<void> {
  const place = ["--namespace", EXTERNALS_NAMESPACE];
  const names = externals.map(({ name }) => `pod/${name}`);
  const bound = `--timeout=${READY_WITHIN_SECONDS}s`;
  const waited = await client.tryKubectl("wait", "--for=condition=Ready", ...place, bound, ...names);
  if (waited.exitCode === 0) return;
  const seen = await Promise.all([
    client.tryKubectl("get", "pods", ...place, "--output", "wide"),
    ...names.map((name) => client.tryKubectl("logs", name, ...place, "--all-containers", "--prefix", "--tail=8")),
  ]);
  const stderr = [waited.stderr, ...seen.map(({ stdout, stderr: said }) => stdout + said)].join("\n");
  throw new KubectlError({ ...waited, stderr });
}

async function setHosts(client: Client, externals: readonly External[]): Promise<void> {
  const container = client
    .client()
    .withEnvVariable("HOSTS", hostLines(externals).join("\n"))
    .withEnvVariable("BOUND", String(READY_WITHIN_SECONDS));
  await succeed(container, ["sh", "-c", NAMES_SCRIPT]);
}

function filesOf(
  external: External,
  { environment, lock, secrets }: ExternalsOptions,
): Omit<ExternalFiles, "pair" | "authority"> {
  const keys = secrets.get(external.chart)?.keys ?? new Map<string, string>();
  const env = Object.entries(external.spec.env).map(([name, text]) => {
    const place = `${name} of the external ${external.outside}`;
    return [name, fillSecrets(external.chart, place, fillVariable(text, external, environment), keys)] as const;
  });
  return { env: Object.fromEntries(env), image: nodeImageName(lookupImage(lock, external.spec.image).reference) };
}

/** An authority of this run alone, and a certificate for each service. */
async function certificates({ externals, lock, programs, run }: ExternalsOptions) {
  const made = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withFile("/certificates", compileOwnProgram(lock, programs, "certificates"))
    .withEnvVariable("SLIPWAY_RUN", run)
    .withExec(["mkdir", RESULTS])
    .withExec(["/certificates", RESULTS, ...externals.map(({ host }) => host)])
    .directory(RESULTS);
  const [authority, ...pairs] = await Promise.all([
    made.file("ca.crt").contents(),
    ...externals.map(async (_, index) => {
      const [certificate, key] = await Promise.all([
        made.file(`${index}.crt`).contents(),
        made.file(`${index}.key`).contents(),
      ]);
      return { certificate, key };
    }),
  ]);
  return { authority, pairs };
}

function list(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** What is done to releases in their life: change, kill, restart and remove. */
import { type Container, dag, ReturnType } from "@dagger.io/dagger";

import type { Environment } from "../platform/environments.ts";
import { lastLines } from "../report/engine-failure.ts";
import type { Client } from "./client.ts";
import type { TestCluster } from "./k3s.ts";
import { describeDiagnosis } from "./diagnosis/index.ts";
import { inNamespaces } from "./diagnosis/observation.ts";
import { unchangedDeployments } from "./lifecycle-changes.ts";
import { ORDER_KINDS } from "./lifecycle-order.ts";
import { type Release, wantedOf } from "./release.ts";
import { watchRelease } from "./watch.ts";

/** A cluster, what is in it, and what must not be printed. */
export type Stage = {
  readonly client: TestCluster;
  readonly environment: Environment;
  readonly secrets: readonly string[];
};

/** Longest time until everything is ready after a change, in seconds. */
const READY_WITHIN_SECONDS = 180;
/** Time between two looks at the releases: each takes the node time in which it answers no request. */
const LOOK_EVERY_SECONDS = 2;
/** Longest time until pods that were replaced are gone, in seconds. */
const LEAVE_WITHIN_SECONDS = 90;

// Hooks run to their end here; helm does not wait for the rest, which is watched.
const CHANGE_SCRIPT = `set -u
helm "$@" || exit 1
[ -z "$RESTART" ] || kubectl rollout restart --namespace "$NAMESPACE" $RESTART`;

// Until replaced pods are gone, the change is not over: they may still be sent requests. They are waited for, not asked
// about again and again: each question costs the node time that the pods under load are measured with.
const LEAVE_SCRIPT = `set -u
leaving='{range .items[?(@.metadata.deletionTimestamp)]}pod/{.metadata.name} {end}'
end=$(($(date +%s) + BOUND))
for namespace in $NAMESPACES; do
  while :; do
    left=$((end - $(date +%s)))
    if pods=$(kubectl get pods --namespace "$namespace" --output "jsonpath=$leaving"); then
      [ -n "$pods" ] || break
    fi
    [ "$left" -gt 0 ] || { kubectl get pods --namespace "$namespace"; exit 1; }
    kubectl wait --for=delete --namespace "$namespace" --timeout="\${left}s" $pods > /dev/null 2>&1 || sleep 0.5
  done
done`;

// Uptime has hundredths of a second where date has none.
const KILL_SCRIPT = `set -u
now() { cut -d ' ' -f 1 /proc/uptime; }
replicas=$(kubectl get "$WORKLOAD" --namespace "$NAMESPACE" --output 'jsonpath={.status.replicas}{.status.desiredNumberScheduled}')
selector="app.kubernetes.io/instance=$RELEASE,app.kubernetes.io/component=$COMPONENT"
pods() { kubectl get pods --namespace "$NAMESPACE" --selector "$selector" --field-selector status.phase=Running --output 'jsonpath={range .items[*]}{.metadata.uid} {.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}' | grep -v slipway-; }
read -r uid pod state <<END
$(pods)
END
[ -n "$pod" ] || { echo "no pod of it runs"; exit 1; }
begun=$(now)
kubectl delete pod "$pod" --namespace "$NAMESPACE" --grace-period=0 --force > /dev/null 2>&1 || { echo "$pod cannot be killed"; exit 1; }
left=$((BOUND * 2))
until [ "$(pods | grep -v "^$uid" | grep -c ' True$')" -ge "$replicas" ]; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { kubectl get pods --namespace "$NAMESPACE" --selector "$selector"; exit 1; }
  sleep 0.5
done
echo "$begun $(now)"`;

/** Upgrades all releases; gives why they do not stand, or nothing. */
export async function upgradeReleases(
  stage: Stage,
  releases: readonly Release[],
  before: readonly Release[],
): Promise<string[]> {
  return change(stage, releases, (release, index) => {
    const { spec, chart, digests, overrides, manifests } = release;
    const overlays = (spec.environments[stage.environment] ?? []).map((file) => `/chart/${file}`);
    const files = ["/values/digests.yaml", ...overlays, "/values/overrides.yaml"];
    const container = stage.client
      .client()
      .withMountedDirectory("/chart", chart)
      .withMountedDirectory(
        "/values",
        dag.directory().withNewFile("digests.yaml", digests).withNewFile("overrides.yaml", overrides),
      )
      .withEnvVariable("RESTART", unchangedDeployments(before[index]?.manifests ?? [], manifests).join(" "));
    return { container, words: ["upgrade", spec.release, "/chart", ...files.flatMap((file) => ["--values", file])] };
  });
}

/** Lists what tells the order of an upgrade. */
export async function listOrder(client: Client, releases: readonly Release[]): Promise<unknown> {
  const all: unknown = JSON.parse(await client.kubectl("get", ORDER_KINDS, "--all-namespaces", "--output", "json"));
  return inNamespaces(all, namespacesOf(releases));
}

/** Rolls all releases back to their first revision, of which the manifests are given. */
export async function rollBackReleases(
  stage: Stage,
  releases: readonly Release[],
  before: readonly Release[],
): Promise<string[]> {
  return change(stage, before, ({ spec, manifests }, index) => {
    const unchanged = unchangedDeployments(releases[index]?.manifests ?? [], manifests);
    const container = stage.client.client().withEnvVariable("RESTART", unchanged.join(" "));
    return { container, words: ["rollback", spec.release, "1"] };
  });
}

/** Kills a pod without warning, and measures until as many as there were are ready again. */
export async function killPod(
  { client }: Stage,
  { spec }: Release,
  target: { readonly component: string; readonly workload: string },
): Promise<{ readonly seconds: number; readonly reason: string }> {
  const killed = client
    .client()
    .withEnvVariable("WORKLOAD", target.workload)
    .withEnvVariable("COMPONENT", target.component)
    .withEnvVariable("RELEASE", spec.release)
    .withEnvVariable("NAMESPACE", spec.namespace)
    .withEnvVariable("BOUND", String(READY_WITHIN_SECONDS))
    .withExec(["sh", "-c", KILL_SCRIPT], { expect: ReturnType.Any });
  const output = (await killed.stdout()).trim();
  if ((await killed.exitCode()) !== 0) return { seconds: READY_WITHIN_SECONDS, reason: output };
  const [begun = 0, ended = 0] = output.split(" ").map(Number);
  return { seconds: ended - begun, reason: "" };
}

/** Restarts a workload as an operator does; gives why not everything is ready again, or nothing. */
export async function restartWorkload(
  stage: Stage,
  releases: readonly Release[],
  { spec }: Release,
  workload: string,
): Promise<string[]> {
  await stage.client.kubectl("rollout", "restart", workload, "--namespace", spec.namespace);
  return follow(stage, releases, () => ({ done: true }));
}

/** Uninstalls all releases; gives what helm refused, or nothing. */
export async function uninstallReleases({ client }: Stage, releases: readonly Release[]): Promise<string[]> {
  const ended = await Promise.all(
    releases.map(async ({ spec }) => {
      const words = ["helm", "uninstall", spec.release, "--namespace", spec.namespace, "--wait", "--timeout", "120s"];
      return refusalOf(client.client().withExec(words, { expect: ReturnType.Any }));
    }),
  );
  return ended.filter((refusal) => refusal !== undefined);
}

type Change = { readonly container: Container; readonly words: readonly string[] };

async function change(
  stage: Stage,
  releases: readonly Release[],
  changeOf: (release: Release, index: number) => Change,
): Promise<string[]> {
  let done = 0;
  let refused: string | undefined;
  const changes = releases.map(async (release, index) => {
    const { container, words } = changeOf(release, index);
    const place = ["--namespace", release.spec.namespace, "--timeout", `${READY_WITHIN_SECONDS}s`];
    const changed = container
      .withEnvVariable("NAMESPACE", release.spec.namespace)
      .withExec(["sh", "-c", CHANGE_SCRIPT, "change", ...words, ...place], { expect: ReturnType.Any });
    refused = (await refusalOf(changed)) ?? refused;
    done++;
  });
  const reasons = await follow(stage, releases, () => {
    return { done: done === releases.length, ...(refused === undefined ? {} : { refused }) };
  });
  if (reasons.length > 0) {
    // What is under way ends with the cluster.
    changes.forEach((each) => {
      each.catch(() => undefined);
    });
    return reasons;
  }
  await Promise.all(changes);
  return leave(stage, releases);
}

async function follow(
  { client, secrets }: Stage,
  releases: readonly Release[],
  install: () => { readonly done: boolean; readonly refused?: string },
): Promise<string[]> {
  const outcome = await watchRelease(client, {
    namespaces: namespacesOf(releases),
    // A Job of the first install may have been removed since, as it asks for when it is done.
    wanted: releases.flatMap(wantedOf).filter(({ kind }) => kind !== "Job"),
    withinSeconds: READY_WITHIN_SECONDS,
    everySeconds: LOOK_EVERY_SECONDS,
    secrets,
    install,
  });
  return outcome.kind === "ready" ? [] : outcome.diagnoses.map(describeDiagnosis);
}

async function leave({ client }: Stage, releases: readonly Release[]): Promise<string[]> {
  const left = client
    .client()
    .withEnvVariable("NAMESPACES", namespacesOf(releases).join(" "))
    .withEnvVariable("BOUND", String(LEAVE_WITHIN_SECONDS))
    .withExec(["sh", "-c", LEAVE_SCRIPT], { expect: ReturnType.Any });
  if ((await left.exitCode()) === 0) return [];
  return [`pods that were replaced did not leave within ${LEAVE_WITHIN_SECONDS} s:\n${await left.stdout()}`];
}

async function refusalOf(container: Container): Promise<string | undefined> {
  if ((await container.exitCode()) === 0) return undefined;
  return lastLines(await container.stderr(), 8).join("\n");
}

/** Namespaces of releases, each once. */
export function namespacesOf(releases: readonly Release[]): string[] {
  return [...new Set(releases.map(({ spec }) => spec.namespace))];
}

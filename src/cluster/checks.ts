/** Runs the checks of an installed release inside the cluster, and helm's own tests of it. */
import { dag, type Directory, ReturnType } from "@dagger.io/dagger";

import type { StopCheck } from "../platform/check-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { lastLines } from "../report/engine-failure.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { compileOwnProgram } from "../charts/tools.ts";
import {
  boundOf,
  CHECK_IMAGE,
  type CheckPod,
  checkPods,
  type CheckResult,
  checksOf,
  parseCheckOutput,
} from "./check-run.ts";
import type { Client } from "./client.ts";
import type { NamedTarball } from "./node-tarball.ts";
import type { Release } from "./release.ts";

/** Longest time for helm's own tests, in seconds. */
const TEST_WITHIN_SECONDS = 120;

// Ends as soon as the pod does, or its time is over; what the pod printed is the result. One process follows the pod, from
// before it is there: starting one costs more than all that it is told.
const ASK_SCRIPT = `set -u
follow() {
  kubectl get pods --field-selector "metadata.name=$POD" --namespace "$NAMESPACE" --watch --request-timeout="$BOUND"s \\
    --output 'jsonpath={.status.phase}{.status.containerStatuses[0].state.waiting.reason}{"\\n"}' > /tmp/phases 2> /dev/null &
  watcher=$!
}
phase=
follow
kubectl apply --server-side --filename /tmp/pod.json > /dev/null || exit 1
left=$((BOUND * 10))
while [ "$left" -gt 0 ]; do
  while read -r phase; do
    case $phase in Succeeded | Failed | *Err* | *BackOff*) break 2 ;; esac
  done < /tmp/phases
  kill -0 "$watcher" 2> /dev/null || follow
  left=$((left - 1))
  sleep 0.1
done
kill "$watcher" 2> /dev/null
echo "pod: $phase"
kubectl logs "$POD" --namespace "$NAMESPACE" 2>&1
kubectl delete pod "$POD" --namespace "$NAMESPACE" --wait=false > /dev/null`;

// The component comes back whatever happens in between. What is waited for is followed from before it can happen: starting a
// kubectl takes longer than most of it.
const STOP_SCRIPT = `set -u
mkdir -p /tmp/said
labels="app.kubernetes.io/instance=$RELEASE,app.kubernetes.io/component"
# Pods of the test carry the labels of components, and belong to no workload.
kubectl get pods --namespace "$NAMESPACE" --selector "$labels in ($(echo $COMPONENTS | tr ' ' ','))" --output \\
  'jsonpath={range .items[?(@.metadata.ownerReferences)]}{.metadata.labels.app\\.kubernetes\\.io/component} pod/{.metadata.name}{"\\n"}{end}' \\
  > /tmp/pods &
kubectl get statefulsets,deployments --namespace "$NAMESPACE" --selector "$labels=$STOP" --output \\
  'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.spec.replicas}{"\\n"}{end}' > /tmp/workload
wait
read -r workload replicas < /tmp/workload || { echo "no workload has the component $STOP"; exit 1; }
podsOf() { sed -n "s|^$1 ||p" /tmp/pods; }
for component in $COMPONENTS; do
  [ -n "$(podsOf "$component")" ] || { echo "no pod has the component $component"; exit 1; }
done
follow() { # follow <condition>: begins to wait until every pod of the components has it
  for component in $COMPONENTS; do
    { kubectl wait --for="condition=Ready=$1" $(podsOf "$component") --namespace "$NAMESPACE" --timeout="$BOUND"s \\
        > "/tmp/said/$component" 2>&1; echo $? > "/tmp/said/$component.status"; } &
  done
}
turned() { # turned <condition> <when>: ends when what is followed does, and says what did not turn
  wait
  for component in $COMPONENTS; do
    [ "$(cat "/tmp/said/$component.status")" = 0 ] && continue
    echo "$component did not turn Ready=$1 within $BOUND s while $2:"; cat "/tmp/said/$component"
    return 1
  done
}
status=0
follow false
kubectl scale "$workload" --namespace "$NAMESPACE" --replicas=0 > /tmp/scale 2>&1 || { cat /tmp/scale; exit 1; }
turned false "$STOP was stopped" || status=1
kubectl scale "$workload" --namespace "$NAMESPACE" --replicas="$replicas" > /tmp/scale 2>&1 || { cat /tmp/scale; exit 1; }
follow true
kubectl rollout status "$workload" --namespace "$NAMESPACE" --timeout="$BOUND"s > /tmp/rollout 2>&1 || { cat /tmp/rollout; exit 1; }
turned true "$STOP was back" || status=1
exit $status`;

/** The image of the program that asks. */
export function checkImage(lock: ImageLock, programs: Directory): NamedTarball {
  const program = compileOwnProgram(lock, programs, "check");
  const image = dag.container().withFile("/check", program).withEntrypoint(["/check"]);
  return { name: CHECK_IMAGE, tarball: image.asTarball() };
}

/** Runs the checks of a release that ask, and helm's own tests of it, side by side. */
export async function runRequests(client: Client, release: Release, environment: Environment): Promise<CheckResult[]> {
  const pods = checkPods(release.spec, environment, release.manifests);
  const [tested, ...asked] = await Promise.all([
    helmTest(client, release),
    ...pods.map((pod) => ask(client, release.spec.name, pod)),
  ]);
  return [...asked.flat(), ...tested];
}

/** Runs the checks of a release that stop a component, one after the other. */
export async function runStops(client: Client, release: Release, environment: Environment): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checksOf(release.spec, environment).stops) results.push(await stop(client, release, check));
  return results;
}

/** Runs a pod that asks, and gives what it found. */
export async function ask(client: Client, chart: string, pod: CheckPod): Promise<CheckResult[]> {
  const container = client
    .client()
    .withNewFile("/tmp/pod.json", pod.manifest)
    .withEnvVariable("POD", pod.name)
    .withEnvVariable("NAMESPACE", pod.namespace)
    .withEnvVariable("BOUND", String(boundOf(pod.checks)));
  const output = await container.withExec(["sh", "-c", ASK_SCRIPT], { expect: ReturnType.Any }).stdout();
  return parseCheckOutput(chart, pod.checks, output);
}

async function stop(client: Client, { spec }: Release, check: StopCheck): Promise<CheckResult> {
  const container = client
    .client()
    .withEnvVariable("RELEASE", spec.release)
    .withEnvVariable("NAMESPACE", spec.namespace)
    .withEnvVariable("STOP", check.stop)
    .withEnvVariable("COMPONENTS", check.turnUnready.join(" "))
    .withEnvVariable("BOUND", String(check.within))
    .withExec(["sh", "-c", STOP_SCRIPT], { expect: ReturnType.Any });
  return timed(spec.name, check.name, async () => {
    const ok = (await container.exitCode()) === 0;
    return { ok, reason: ok ? "" : lastLines(await container.stdout(), 8).join("\n") };
  });
}

/** helm's own --logs fails for a pod of several containers, so that the logs are asked for afterwards. */
async function helmTest(client: Client, { spec, manifests }: Release): Promise<CheckResult[]> {
  const pods = manifests.filter(({ annotations }) => /\btest\b/.test(annotations["helm.sh/hook"] ?? ""));
  if (pods.length === 0) return [];
  const place = ["--namespace", spec.namespace];
  const words = ["helm", "test", spec.release, ...place, "--timeout", `${TEST_WITHIN_SECONDS}s`];
  const test = client.client().withExec(words, { expect: ReturnType.Any });
  const result = await timed(spec.name, "helm test", async () => {
    if ((await test.exitCode()) === 0) return { ok: true, reason: "" };
    const names = pods.filter(({ kind }) => kind === "Pod").map(({ name }) => name);
    const logs = await Promise.all(
      names.map((name) => client.tryKubectl("logs", name, ...place, "--all-containers", "--prefix", "--tail=10")),
    );
    return { ok: false, reason: [await test.stderr(), ...logs.map(({ stdout }) => stdout)].join("\n").trim() };
  });
  return [result];
}

async function timed(
  chart: string,
  name: string,
  work: () => Promise<{ readonly ok: boolean; readonly reason: string }>,
): Promise<CheckResult> {
  const began = monotonicSeconds();
  const found = await work();
  return { chart, name, ...found, seconds: monotonicSeconds() - began };
}

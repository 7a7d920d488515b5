/** Runs the pods that send load: begins them, turns them to each phase, and reads what they found. */
import { dag, type Directory, ReturnType } from "@dagger.io/dagger";

import { compileOwnProgram } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import type { Client } from "./client.ts";
import type { LoadResult, PhaseResult } from "./lifecycle-judgement.ts";
import { LOAD_IMAGE, type LoadPod, parseLoadReport } from "./lifecycle-pods.ts";
import type { NamedTarball } from "./node-tarball.ts";

/** The load could not be sent, or its report not be had: nothing can be said of the release. */
export class LoadEndedError extends PipelineError {
  override readonly name = "LoadEndedError";
  constructor(pod: string, said: string) {
    super(
      "gate",
      `the pod ${pod} that sends the load ended or could not be reached: ${said}`,
      "the first request of each load must be answered as the platform file says before anything is changed",
    );
  }
}

// The first phase waits for the program to be there and to have been answered once; it warms up for 30 seconds.
const TURN_SCRIPT = `set -u
while read -r namespace pod; do
  left=$TRIES
  until kubectl exec --namespace "$namespace" "$pod" --request-timeout=20s -- /load "$@" > /tmp/said 2>&1; do
    left=$((left - 1))
    phase=$(kubectl get pod --namespace "$namespace" "$pod" --output 'jsonpath={.status.phase}')
    # What has nothing to read back is gone before the word that it has heard comes through.
    [ "$1 $phase" != "finish Succeeded" ] || break
    if [ "$left" -le 0 ] || [ "$phase" = Failed ] || [ "$phase" = Succeeded ]; then
      echo "$pod"; cat /tmp/said; kubectl logs --namespace "$namespace" "$pod" --tail=5; exit 1
    fi
    sleep 0.3
  done
done < /tmp/pods`;

const END_SCRIPT = `set -u
while read -r namespace pod; do
  left=500
  until phase=$(kubectl get pod --namespace "$namespace" "$pod" --output 'jsonpath={.status.phase}'); [ "$phase" != Running ]; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || break
    sleep 0.2
  done
  kubectl logs --namespace "$namespace" "$pod" 2>&1 | tr '\\n' ' '
  echo
  kubectl delete pod --namespace "$namespace" "$pod" > /dev/null 2>&1
done < /tmp/pods`;

/** The image of the program that sends load. */
export function loadImage(lock: ImageLock, programs: Directory): NamedTarball {
  const program = compileOwnProgram(lock, programs, "load");
  return {
    name: LOAD_IMAGE,
    tarball: dag.container().withFile("/load", program).withEntrypoint(["/load"]).asTarball(),
  };
}

/** Load that is under way. */
export type Load = {
  /** Counts what is sent from now on under a phase. */
  readonly turn: (phase: string) => Promise<void>;
  /** Ends the load, reads back what was promised, and takes the pods away. */
  readonly finish: () => Promise<{ readonly phases: PhaseResult[]; readonly loads: LoadResult[] }>;
};

/** Begins to send load; where there is none to send, nothing happens. Throws LoadEndedError when it is not answered. */
export async function startLoad(client: Client, pods: readonly LoadPod[], phase: string): Promise<Load> {
  if (pods.length === 0)
    return { turn: () => Promise.resolve(), finish: () => Promise.resolve({ phases: [], loads: [] }) };
  const items = pods.map(({ manifest }) => manifest);
  await client.apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const list = `${pods.map(({ namespace, name }) => `${namespace} ${name}`).join("\n")}\n`;
  const tell = async (tries: number, ...words: readonly string[]) => {
    const told = client
      .client()
      .withNewFile("/tmp/pods", list)
      .withEnvVariable("TRIES", String(tries))
      .withExec(["sh", "-c", TURN_SCRIPT, "load", ...words], { expect: ReturnType.Any });
    if ((await told.exitCode()) === 0) return;
    const [pod = "", ...said] = lastLines(await told.stdout(), 8);
    throw new LoadEndedError(pod, said.join("\n"));
  };
  await tell(60, "phase", phase);
  return {
    turn: (next) => tell(3, "phase", next),
    finish: async () => {
      await tell(20, "finish");
      return readReports(client, pods, list);
    },
  };
}

async function readReports(client: Client, pods: readonly LoadPod[], list: string) {
  const ended = client.client().withNewFile("/tmp/pods", list).withExec(["sh", "-c", END_SCRIPT]);
  const lines = (await ended.stdout()).split("\n");
  const reports = pods.map(({ chart, name }, index) => {
    const report = parseLoadReport(chart, lines[index] ?? "");
    if (report === undefined) throw new LoadEndedError(name, lines[index] ?? "it printed nothing");
    return report;
  });
  return { phases: reports[0]?.phases ?? [], loads: reports.flatMap(({ loads }) => loads) };
}

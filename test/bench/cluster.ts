/** Measures the start of a cluster beside the way that public modules start one, and the memory that it takes at most. */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { connection } from "@dagger.io/dagger";

import { type Cluster, startCluster } from "../../src/cluster/k3s.ts";
import { type ImageLock, parseImageLock } from "../../src/platform/image-lock.ts";
import { plainCluster } from "../e2e/support/plain-cluster.ts";
import { least, type Row, seconds } from "./measure.ts";

const REPEATS = 5;
const MOST_SECONDS = 5;
const MOST_OF_RECIPE = 0.6;
/** What the check of the machine before a start asks for, less the room for pods. */
const MOST_MEMORY_MIB = 1024;

const WAIT_FOR_NODE = `for try in $(seq 90); do
  if kubectl get nodes 2> /dev/null | grep -q ' Ready '; then break; fi
  sleep 1
done
until kubectl rollout status --namespace kube-system --timeout 60s deployment/coredns; do sleep 1; done`;

/**
 * The common public recipe: the image started with all that it has on, the kubeconfig polled in another container, then
 * the node, then the name service, which only makes the two comparable; add-ons are not waited for. Of those of k3s, the
 * stand-in has metrics-server and Traefik, and no load balancer; its Traefik comes without the jobs that install a chart.
 */
async function recipe(lock: ImageLock): Promise<number> {
  const { service, client } = plainCluster(lock);
  try {
    return await seconds(async () => {
      await service.start();
      await client().withExec(["sh", "-c", WAIT_FOR_NODE]).sync();
    });
  } finally {
    await service.stop();
  }
}

/** Process, its parent, and the memory that it takes, its share of what it has in common with others included. */
type Process = { readonly id: string; readonly parent: string; readonly isOurs: boolean };

async function processes(run: string): Promise<Process[]> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    all.map(async (id): Promise<Process[]> => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${id}/status`, "utf8"))?.[1] ?? "";
        const isOurs = (await readFile(`/proc/${id}/environ`, "utf8")).includes(`SLIPWAY_RUN=${run}`);
        return [{ id, parent, isOurs }];
      } catch {
        // It ended while it was looked at.
        return [];
      }
    }),
  );
  return found.flat();
}

async function memoryMiB(run: string): Promise<number> {
  const all = await processes(run);
  const within = new Set(all.filter(({ isOurs }) => isOurs).map(({ id }) => id));
  for (let before = -1; before < within.size;) {
    before = within.size;
    for (const { id, parent } of all) if (within.has(parent)) within.add(id);
  }
  const shares = [...within].map(async (id) => {
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, "utf8").catch(() => "");
    return Number(/^Pss:\s*(\d+) kB$/m.exec(rollup)?.[1] ?? 0) / 1024;
  });
  return (await Promise.all(shares)).reduce((sum, share) => sum + share, 0);
}

/** One start and its seconds; the memory is that of the most at any time until a moment after it. */
async function ours(lock: ImageLock): Promise<number> {
  let cluster: Cluster | undefined;
  const took = await seconds(async () => {
    cluster = await startCluster(lock, { run: randomUUID() });
  });
  await cluster?.stop();
  return took;
}

async function peakMemory(lock: ImageLock): Promise<number> {
  const run = randomUUID();
  const started = startCluster(lock, { run });
  const watch = { isOver: false };
  const over = started.then(() => pause(3000)).finally(() => (watch.isOver = true));
  let peak = 0;
  while (!watch.isOver) {
    peak = Math.max(peak, await memoryMiB(run));
    await pause(100);
  }
  await over;
  await (await started).stop();
  return peak;
}

/** Rows: the time of a start, the same beside the recipe, and the memory. */
export async function clusterStarted(lockFile: string): Promise<Row[]> {
  const lock = parseImageLock(await readFile(lockFile, "utf8"), lockFile);
  const rounds: { ours: number; recipe: number }[] = [];
  let peak = 0;
  await connection(async () => {
    await ours(lock);
    for (let round = 0; round < REPEATS; round++) {
      rounds.push({ ours: await ours(lock), recipe: await recipe(lock) });
    }
    peak = await peakMemory(lock);
  });
  return toRows(least(rounds.map((round) => round.ours)), least(rounds.map((round) => round.recipe)), peak);
}

function toRows(own: number, common: number, peak: number): Row[] {
  return [
    {
      what: "cluster ready, with its name service",
      measured: `${own.toFixed(2)} s`,
      baseline: "none",
      bound: `${MOST_SECONDS} s`,
      kept: own <= MOST_SECONDS,
    },
    {
      what: "cluster ready, beside the common recipe",
      measured: `${(own / common).toFixed(2)} of the recipe`,
      baseline: `image started plain, with metrics-server and Traefik beside the rest; kubeconfig, node and name service polled, ${common.toFixed(2)} s`,
      bound: `${MOST_OF_RECIPE} of the recipe`,
      kept: own / common <= MOST_OF_RECIPE,
    },
    {
      what: "memory of an empty cluster, at most",
      measured: `${peak.toFixed(0)} MiB`,
      baseline: "none",
      bound: `${MOST_MEMORY_MIB} MiB`,
      kept: peak > 0 && peak <= MOST_MEMORY_MIB,
    },
  ];
}

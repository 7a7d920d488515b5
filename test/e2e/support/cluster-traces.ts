/** What of a cluster can be seen on this machine and on the engine's volume. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import { type Container, dag } from "@dagger.io/dagger";

import { CLUSTER, SWEEP_SCRIPT } from "../../../src/cluster/start-script.ts";
import { outsideImage } from "./slipway.ts";

/** A process, told by its start from a later one of the same number. */
export type Trace = { readonly pid: number; readonly program: string; readonly started: string };

/** Processes of the machine that belong to a cluster, its pods' too; in embedded mode those of the engine are among them. */
export function processesOf(run: string): Trace[] {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? traced(Number(name)) : []));
  const found = new Set(all.filter(({ pid }) => environmentOf(pid).includes(`SLIPWAY_RUN=${run}`)));
  // A program in a pod has an environment of its own.
  for (let size = -1; size !== found.size;) {
    size = found.size;
    const pids = new Set([...found].map(({ pid }) => pid));
    for (const each of all) if (pids.has(each.parent)) found.add(each);
  }
  return [...found].map(({ pid, program, started }) => ({ pid, program, started }));
}

/** Those of some processes that have not ended. */
export function stillThere(traces: readonly Trace[]): Trace[] {
  return traces.filter(({ pid, started }) => traced(pid).some((each) => each.started === started));
}

/** Names of what a cluster has left on the volume of all clusters. */
export async function stateOf(run: string): Promise<string[]> {
  const names = await (await onVolume()).withExec(["ls", "-A", CLUSTER.clusters]).stdout();
  return names.split("\n").filter((name) => name.includes(run));
}

/** Removes what clusters have left that live no more, as every cluster does when it starts and when it ends. */
export async function sweep(): Promise<void> {
  await (await onVolume()).withExec(["sh", "-c", SWEEP_SCRIPT]).sync();
}

async function onVolume(): Promise<Container> {
  return (await outsideImage("k3s"))
    .withMountedCache(CLUSTER.clusters, dag.cacheVolume(CLUSTER.volume))
    .withEnvVariable("CLUSTERS", CLUSTER.clusters)
    .withEnvVariable("SLIPWAY_TEST", randomUUID());
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

function traced(pid: number): (Trace & { readonly parent: number })[] {
  try {
    // The name of the program comes second, in brackets, and may hold anything.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const program = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const [state, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? [] : [{ pid, program, parent: Number(parent), started: rest[17] ?? "" }];
  } catch {
    return [];
  }
}

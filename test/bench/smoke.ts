/** Measures the smoke test of the development environment: of Cruvero and of everything, and where nothing has changed since a pass. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { connection, dag } from "@dagger.io/dagger";

import { Environment, Slipway } from "../../src/index.ts";
import { ROOT } from "../e2e/support/slipway.ts";
import { checkout, least, type Row, seconds } from "./measure.ts";

const REPEATS = 3;
const RECORDED = 3;
/** What is tested, the chart that is named, and bounds in seconds and GB. */
const WHOLE = [
  { what: "cruvero", chart: "cruvero", most: 40, memory: 3 },
  { what: "everything", chart: "", most: 120, memory: 4 },
] as const;

/** Tests in a session of its own; throws where the test fails. */
async function smoke(lock: string, chart: string, force: boolean): Promise<void> {
  await connection(async () => {
    const source = checkout(ROOT);
    const module = new Slipway(source, undefined, undefined, dag.host().file(lock));
    await module.smokeTest(Environment.Dev, chart, force);
  });
}

/** Rows: images built and the cluster new, the memory of that, and the recorded pass. */
export async function smoked(lock: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, chart, most, memory } of WHOLE) {
    await smoke(lock, chart, false);
    const whole: number[] = [];
    const recorded: number[] = [];
    const peaks: number[] = [];
    for (let round = 0; round < REPEATS; round++) {
      peaks.push(await peakMemory(async () => whole.push(await seconds(() => smoke(lock, chart, true)))));
      recorded.push(await seconds(() => smoke(lock, chart, false)));
    }
    const peak = Math.max(...peaks);
    rows.push(
      toRow(`smoke-test --env dev of ${what}, images built`, least(whole), most),
      toRow(`smoke-test --env dev of ${what}, nothing changed since a pass`, least(recorded), RECORDED),
      {
        what: `memory of the smoke test of ${what}, at most`,
        measured: `${peak.toFixed(2)} GB`,
        baseline:
          "what the machine had available before, and the engine's own; what the kernel can take back at once does not count",
        bound: `${memory} GB`,
        kept: peak > 0 && peak <= memory,
      },
    );
  }
  return rows;
}

/** The memory that work takes at most, in GB: what becomes unavailable meanwhile, and what the engine had taken before. */
async function peakMemory(work: () => Promise<unknown>): Promise<number> {
  const before = (await availableKib()) + (await engineKib());
  const watch = { isOver: false, least: before };
  const working = work().finally(() => (watch.isOver = true));
  while (!watch.isOver) {
    watch.least = Math.min(watch.least, await availableKib());
    await pause(200);
  }
  await working;
  return ((before - watch.least) * 1024) / 1e9;
}

async function availableKib(): Promise<number> {
  return kib(await readFile("/proc/meminfo", "utf8"), "MemAvailable");
}

/** Resident memory of all engines. */
async function engineKib(): Promise<number> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const states = await Promise.all(ids.map((id) => readFile(`/proc/${id}/status`, "utf8").catch(() => "")));
  return states
    .filter((state) => /^Name:\s*dagger-engine$/m.test(state))
    .reduce((sum, state) => sum + kib(state, "VmRSS"), 0);
}

function kib(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1] ?? Number.NaN);
}

function toRow(what: string, measured: number, bound: number): Row {
  return { what, measured: `${measured.toFixed(2)} s`, baseline: "none", bound: `${bound} s`, kept: measured <= bound };
}

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { describe, expect, it } from "vitest";

import { processesOf, stateOf, stillThere, sweep, type Trace } from "./support/cluster-traces.ts";
import { inEngine, ROOT } from "./support/slipway.ts";

const WORKER = path.join(ROOT, "test/e2e/support/cancelled-run.ts");
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** Longest time until the program of the release runs, in seconds; where it cannot be seen, the time that it gets. */
const INSTALL_SECONDS = embedded ? 240 : 10;
/** Longest time until an engine has ended what a client has left that is gone, in seconds. */
const PATIENCE_SECONDS = 30;

/** Begins a smoke test in a process of its own, kills that with all that it has started, and gives what had run by then. */
async function cancelled(run: string, signal: "SIGINT" | "SIGKILL"): Promise<Trace[]> {
  // A group of its own is what a terminal sends Ctrl-C to: the module, and the program that holds the engine's session.
  const child = spawn(process.execPath, ["--import", "tsx", WORKER, run], { cwd: ROOT, detached: true });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.on("data", (text) => (said += String(text)));
  try {
    const line: unknown = (await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()).value;
    expect(line, `what a run says whose cluster is there, and not: ${said}`).toBe("there");
    return await installing(run);
  } finally {
    if (child.exitCode === null) process.kill(-(child.pid ?? Number.NaN), signal);
    await ended;
  }
}

/** Waits until a pod of the release runs, and gives the processes of the cluster. */
async function installing(run: string): Promise<Trace[]> {
  const end = performance.now() + INSTALL_SECONDS * 1000;
  let traces = processesOf(run);
  while (performance.now() < end && !hasRelease(traces)) {
    await pause(0.2);
    traces = processesOf(run);
  }
  return traces;
}

/** True as soon as a pod of the release runs. */
function hasRelease(traces: readonly Trace[]): boolean {
  return traces.some(({ program }) => program === "nginx");
}

async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

describe("a run that is cancelled", () => {
  it("leaves no process, no mount, and nothing on the volume but what the next cluster sweeps away", async () => {
    const id = randomUUID().slice(0, 8);
    const names = [`ended-${id}`, `killed-${id}`] as const;
    const found = await Promise.all([cancelled(names[0], "SIGINT"), cancelled(names[1], "SIGKILL")]);
    if (embedded) expect(found.map(hasRelease)).toEqual([true, true]);
    const running = () => [...stillThere(found.flat()), ...names.flatMap(processesOf)];
    const end = performance.now() + PATIENCE_SECONDS * 1000;
    while (running().length > 0 && performance.now() < end) await pause(0.2);
    expect(running()).toEqual([]);
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    expect(names.filter((name) => mounts.includes(name))).toEqual([]);
    await inEngine(async () => {
      await sweep();
      expect((await Promise.all(names.map(stateOf))).flat()).toEqual([]);
    });
  });
});

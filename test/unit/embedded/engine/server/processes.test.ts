import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import {
  endNamespace,
  isRunning,
  markProcess,
  processesWith,
  startOf,
} from "../../../../../embedded/engine/server/processes.ts";

const stat = (name: string, state: string) =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 98765 4096 10 0 0\n`;

describe("startOf", () => {
  it.each(["node", "tmux: server", "a) S 1 (b", "((sd-pam))"])("finds the start of a program named %s", (name) => {
    expect(startOf(stat(name, "S"))).toBe("98765");
  });

  it.each(["Z", "X"])("takes a process in state %s for ended", (state) => {
    expect(startOf(stat("sh", state))).toBeUndefined();
  });
});

describe("isRunning", () => {
  it("knows this process, and no other with its number", async () => {
    const mark = await markProcess(process.pid);
    if (mark === undefined) {
      throw new Error("this process has no mark");
    }
    expect(await isRunning(mark)).toBe(true);
    expect(await isRunning({ ...mark, processStart: "1" })).toBe(false);
    expect(await isRunning({ ...mark, bootId: "another boot" })).toBe(false);
  });
});

describe("processesWith", () => {
  it("finds a program by one of its arguments", async () => {
    const argument = `slipway-test-${process.pid}`;
    // Reads what never comes: a program that it started would, for a moment, have its arguments, too.
    const child = spawn("sh", ["-c", "read line", argument], { detached: true });
    const ended = once(child, "exit");
    await once(child, "spawn");
    const found = await processesWith("sh", argument);
    const others = [await processesWith("sh", `${argument}-other`), await processesWith("bash", argument)];
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    expect(found.map(({ processId }) => processId)).toEqual([child.pid]);
    expect(others).toEqual([[], []]);
  });
});

describe("endNamespace", () => {
  it.each([
    { what: "ends when it is asked", script: "trap 'exit 0' TERM; sleep 60 & wait", patience: 5 },
    { what: "has to be killed", script: "trap '' TERM; sleep 60; sleep 60", patience: 0.2 },
  ])("ends a parent whose child $what", async ({ script, patience }) => {
    // The shell outside stands for the process that made a namespace and waits for its first process.
    const outer = spawn("sh", ["-c", 'sh -c "$SCRIPT"; exit 0'], {
      env: { ...process.env, SCRIPT: script },
      stdio: "ignore",
    });
    const ended = once(outer, "exit");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const mark = await markProcess(outer.pid ?? 0);
    if (mark === undefined) {
      throw new Error("the shell did not start");
    }
    await endNamespace(mark, patience);
    await ended;
    expect(await isRunning(mark)).toBe(false);
  });
});

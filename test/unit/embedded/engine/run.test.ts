import { readFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { StepFailedError } from "../../../../embedded/engine/errors.ts";
import type { Surroundings } from "../../../../embedded/engine/run.ts";
import { childEnvironment, runCommand } from "../../../../embedded/engine/run.ts";

const surroundings = (signal = new AbortController().signal): Surroundings => ({
  environment: childEnvironment({ PATH: process.env.PATH }),
  signal,
});
const shell = (script: string) => ({ step: "testing", program: "sh", arguments: ["-c", script] });

describe("runCommand", () => {
  it("returns standard output, and hands in text and variables", async () => {
    const command = { ...shell('cat; echo "$WHO"; echo aside >&2'), input: "in\n", variables: { WHO: "me" } };
    expect(await runCommand(surroundings(), command)).toBe("in\nme\n");
  });

  it("fails with step, command, exit code and the last lines of both streams", async () => {
    const failing = runCommand(surroundings(), shell("echo one; echo two >&2; exit 7"));
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StepFailedError);
    expect(error).toMatchObject({ kind: "infra" });
    expect(String(error)).toContain("testing failed: sh -c echo one; echo two >&2; exit 7 (exit code 7)");
    expect(String(error)).toMatch(/ {2}\| one/);
    expect(String(error)).toMatch(/ {2}\| two/);
  });

  it("keeps no more than the last 25 lines", async () => {
    const error: unknown = await runCommand(surroundings(), shell("seq 1 100; exit 1")).catch(
      (reason: unknown) => reason,
    );
    const lines = String(error)
      .split("\n")
      .filter((line) => line.startsWith("  | "));
    expect(lines).toEqual(Array.from({ length: 25 }, (_nothing, index) => `  | ${76 + index}`));
  });

  it("says that a program is not there", async () => {
    const missing = { step: "testing", program: "no-such-program", arguments: [] };
    await expect(runCommand(surroundings(), missing)).rejects.toThrow(
      /testing failed: no-such-program \(exit code 127\)/,
    );
  });

  it("does not start when the run has ended", async () => {
    const reason = new Error("interrupted");
    await expect(runCommand(surroundings(AbortSignal.abort(reason)), shell("exit 0"))).rejects.toBe(reason);
  });

  it("ends the command and its children with the run", async () => {
    const ending = new AbortController();
    const reason = new Error("interrupted");
    // No other process sleeps for this long.
    const sleep = `sleep 60.${process.pid}`;
    const running = runCommand(surroundings(ending.signal), shell(`${sleep} & wait`));
    setTimeout(() => {
      ending.abort(reason);
    }, 100);
    const begin = performance.now();
    await expect(running).rejects.toBe(reason);
    expect(performance.now() - begin).toBeLessThan(3000);
    const sleeping = await runCommand(surroundings(), shell(`ps -eo args | grep -c '^${sleep}$' || true`));
    expect(sleeping.trim()).toBe("0");
  });
});

describe("childEnvironment", () => {
  it("keeps what is set, and adds the folders of an administrator's programs", async () => {
    expect(childEnvironment({ PATH: "/bin", HOME: "/root", UNSET: undefined })).toEqual({
      PATH: "/bin:/usr/local/sbin:/usr/sbin:/sbin",
      HOME: "/root",
      LC_ALL: "C.UTF-8",
    });
    expect(await readFile("/proc/self/comm", "utf8")).not.toBe("");
  });
});

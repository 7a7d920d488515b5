import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { probeRuntime } from "../../../../embedded/cli/runtime-probe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "slipway-runtime-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function install(program: string, script: string): Promise<void> {
  await writeFile(path.join(folder, program), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, program), 0o755);
}

function probe(signal = new AbortController().signal) {
  // The program is looked up in the test's folder, and started through the PATH of this process.
  process.env.PATH = `${folder}:${process.env.PATH ?? ""}`;
  return probeRuntime({ PATH: folder }, signal).finally(() => {
    process.env.PATH = process.env.PATH?.slice(folder.length + 1);
  });
}

describe("probeRuntime", () => {
  it("finds a runtime that answers", async () => {
    await install("podman", '[ "$1" = version ]');
    expect(await probe()).toEqual({ answers: true, name: "podman" });
  });

  it("stops at the first that is installed, as Dagger does, even where the second would answer", async () => {
    await install("docker", "exit 1");
    await install("podman", "exit 0");
    expect(await probe()).toEqual({ answers: false, reason: "docker is installed but does not answer" });
  });

  it("waits two seconds at most", async () => {
    await install("docker", "exec sleep 60");
    const began = performance.now();
    expect(await probe()).toEqual({ answers: false, reason: "docker is installed but does not answer" });
    expect(performance.now() - began).toBeLessThan(6000);
  });

  it("says what it looked for where there is none", async () => {
    expect(await probe()).toEqual({
      answers: false,
      reason: "no container runtime: none of docker, podman, finch, nerdctl",
    });
  });

  it("ends with the run", async () => {
    await install("docker", "exec sleep 60");
    const stopping = new AbortController();
    const probing = probe(stopping.signal);
    setTimeout(() => {
      stopping.abort(new Error("stopped"));
    }, 100);
    await expect(probing).rejects.toThrow("stopped");
  });
});

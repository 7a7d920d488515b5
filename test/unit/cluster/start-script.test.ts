import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { FACTS_SCRIPT, parseHostFacts } from "../../../src/cluster/host-facts.ts";
import { MACHINE_ARGUMENTS } from "../../../src/cluster/machine-arguments.ts";
import { parseReadiness } from "../../../src/cluster/readiness.ts";
import { READY_SCRIPT, SERVE_SCRIPT, SWEEP_SCRIPT } from "../../../src/cluster/start-script.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "slipway-script-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the scripts of a cluster", () => {
  it.each([
    ["facts", FACTS_SCRIPT],
    ["service", SERVE_SCRIPT],
    ["waiting", READY_SCRIPT],
    ["sweeping", SWEEP_SCRIPT],
  ])("are a shell's: %s", (_name, script) => {
    const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("find out facts on this machine", () => {
    const output = execFileSync("sh", ["-c", FACTS_SCRIPT], {
      env: { ...process.env, STATE: folder },
      encoding: "utf8",
    });
    const facts = parseHostFacts(output);
    expect(facts.memoryAvailableMiB).toBeGreaterThan(0);
    expect(facts.diskFreeMiB).toBeGreaterThan(0);
    expect(facts.inotifyInstances).toBeGreaterThan(0);
    expect(facts.addresses).toContain("127.0.0.1");
  });

  it.each([
    { what: "version 1", groups: "tasks", expected: ["--kubelet-arg=fail-cgroupv1=false"] },
    { what: "version 2", groups: "cgroup.controllers", expected: [] },
  ])("decide by the machine, with control groups of $what", ({ groups, expected }) => {
    writeFileSync(path.join(folder, groups), "");
    // Names of programs that are looked for before mount's own: one that refuses, and one that does nothing.
    const run = (mount: string) => {
      const script = `mount() { ${mount}; }; umount() { :; }; own=${folder}; root=${folder}
${MACHINE_ARGUMENTS}printf '%s\\n' "$@"`;
      return execFileSync("sh", ["-euc", script, "k3s", "--given"], { encoding: "utf8" }).trim().split("\n");
    };
    expect(run("true")).toEqual(["--given", "--snapshotter=overlayfs", ...expected]);
    expect(run("false")).toEqual(["--given", "--snapshotter=native", ...expected]);
    expect(readdirSync(folder)).toEqual([groups]);
  });

  it("give up at the bound where no kubeconfig comes, or only half of one", () => {
    writeFileSync(path.join(folder, "kubeconfig"), "clusters: [");
    const began = performance.now();
    const variables = { ...process.env, HAND_OVER: folder, BOUND: "1", NODE: "node", API: "https://k3s:6443" };
    const output = execFileSync("sh", ["-c", READY_SCRIPT], { env: variables, encoding: "utf8" });
    expect(parseReadiness(output)).toEqual({ kind: "missing", step: "kubeconfig", evidence: "" });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("sweep away what ended clusters left, and nothing of living ones", async () => {
    for (const name of ["living", "cancelled", "swept-in-part.dead"]) {
      mkdirSync(path.join(folder, name, "k3s"), { recursive: true });
    }
    writeFileSync(path.join(folder, "cancelled.lock"), "");
    const lock = path.join(folder, "living.lock");
    const holder = spawn("flock", [lock, "sh", "-c", "echo held; cat"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    const sweep = () => execFileSync("sh", ["-c", SWEEP_SCRIPT], { env: { ...process.env, CLUSTERS: folder } });
    sweep();
    expect(readdirSync(folder).sort()).toEqual(["living", "living.lock", "lock"]);
    holder.stdin.end();
    await once(holder, "close");
    sweep();
    expect(readdirSync(folder)).toEqual(["lock"]);
  });
});

import { spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { hostGoVariables } from "../../support/host-tools.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../../src/cluster/programs");
const hasGo = spawnSync("go", ["version"]).status === 0;

// The module compiles them in the Go image; other machines may do without.
describe.skipIf(!hasGo && process.env.CI !== "true")("the programs that run in a cluster", () => {
  it("pass their own tests", { timeout: 300_000 }, () => {
    const words = ["test", "-mod=readonly", "./..."];
    const run = spawnSync("go", words, { cwd: SOURCE, env: hostGoVariables(), encoding: "utf8" });
    for (const program of ["check", "load", "network-probe", "network-trials"]) {
      expect(`${run.stdout}${run.stderr}`).toMatch(new RegExp(`^ok\\s+slipway.invalid/cluster/cmd/${program}\\s`, "m"));
    }
    expect(run.status).toBe(0);
  });
});

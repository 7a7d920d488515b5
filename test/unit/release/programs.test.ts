import { spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { hostGoVariables } from "../../support/host-tools.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../../src/release/programs");
const hasGo = spawnSync("go", ["version"]).status === 0;

// The module compiles it in the Go image; other machines may do without.
describe.skipIf(!hasGo && process.env.CI !== "true")("the program that speaks to registries", () => {
  it("passes its own tests against a registry in memory", { timeout: 300_000 }, () => {
    const words = ["test", "-mod=readonly", "./..."];
    const run = spawnSync("go", words, { cwd: SOURCE, env: hostGoVariables(), encoding: "utf8" });
    expect(`${run.stdout}${run.stderr}`).toMatch(/^ok\s+slipway.invalid\/release\/cmd\/registry\s/m);
    expect(run.status).toBe(0);
  });
});

describe.skipIf(!hasGo && process.env.CI !== "true")("the program that signs and tells who signed", () => {
  it("passes its own tests at an authority and a log that answer over HTTP", { timeout: 900_000 }, () => {
    const words = ["test", "-mod=readonly", "./cmd/sign", "./keyless"];
    const folder = path.join(SOURCE, "evidence");
    const run = spawnSync("go", words, { cwd: folder, env: hostGoVariables(), encoding: "utf8" });
    for (const name of ["cmd/sign", "keyless"]) {
      expect(`${run.stdout}${run.stderr}`).toMatch(new RegExp(`^ok\\s+slipway.invalid/evidence/${name}\\s`, "m"));
    }
    expect(run.status).toBe(0);
  });
});

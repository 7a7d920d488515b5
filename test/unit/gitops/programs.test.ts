import { spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { hostGoVariables } from "../../support/host-tools.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../../src/gitops/programs");
const hasGo = spawnSync("go", ["version"]).status === 0;

// The module compiles it in the Go image; other machines may do without.
describe.skipIf(!hasGo && process.env.CI !== "true")("the program that expands ApplicationSets", () => {
  it("passes its own tests", { timeout: 300_000 }, () => {
    const words = ["test", "-mod=readonly", "./..."];
    const run = spawnSync("go", words, { cwd: SOURCE, env: hostGoVariables(), encoding: "utf8" });
    expect(`${run.stdout}${run.stderr}`).toMatch(/^ok\s+slipway.invalid\/gitops\/cmd\/expand-sets\s/m);
    expect(run.status).toBe(0);
  });
});

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cachePaths } from "../../../embedded/engine/cache-paths.ts";
import { StepFailedError } from "../../../embedded/engine/errors.ts";
import { hostProgram } from "../../support/host-tools.ts";
import { ROOT } from "../../support/module-command.ts";

const PROGRAM = {
  name: "tool",
  module: { path: "example.com/tool", version: "v1.0.0" },
  package: "./cmd/tool",
  variables: { "main.version": "v1.0.0" },
};

/**
 * Stands in for Go. Notes each call; a download answers with the folder of a module; a build writes its arguments to the
 * program half by half, and fails in between when a file `broken` is beside it.
 */
const GO = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
if [ "$1" = mod ]; then
  mkdir -p "$here/module" && printf '{"Dir": "%s"}' "$here/module"
  exit
fi
for word; do [ "$before" = -o ] && output=$word; before=$word; done
printf 'program ' > "$output"
[ -e "$here/broken" ] && echo "no space left" >&2 && exit 1
sleep 0.2
echo "$* in $PWD" >> "$output"
`;

describe("hostProgram", () => {
  let folder: string;
  let environment: Record<string, string | undefined>;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-host-tools-"));
    const programs = path.join(folder, "bin");
    mkdirSync(programs);
    writeFileSync(path.join(programs, "go"), GO);
    chmodSync(path.join(programs, "go"), 0o755);
    const cache = path.join(folder, "cache");
    environment = { PATH: `${programs}:${process.env.PATH ?? ""}`, HOME: folder, SLIPWAY_CACHE: cache };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const calls = () => readFileSync(path.join(folder, "bin/calls"), "utf8").trim().split("\n");
  const kept = () => readdirSync(cachePaths(path.join(folder, "cache")).made);

  it("builds at the exact version, in the module's own folder", async () => {
    const file = await hostProgram(PROGRAM, environment);
    const build = `build -mod=readonly -trimpath -ldflags=-s -w -X main.version=v1.0.0 -o ${path.dirname(file).replace(/[^/]*$/, ".making-$&")}/tool ./cmd/tool`;
    expect(calls()).toEqual(["mod download -json example.com/tool@v1.0.0", build]);
    expect(readFileSync(file, "utf8")).toBe(`program ${build} in ${path.join(folder, "bin/module")}\n`);
  });

  it("makes a program once, however many ask for it at the same time", async () => {
    const files = await Promise.all([1, 2, 3].map(() => hostProgram(PROGRAM, environment)));
    expect(new Set(files).size).toBe(1);
    expect(calls()).toHaveLength(2);
    expect(readFileSync(files[0] ?? "", "utf8")).toMatch(/^program build .*\n$/);
  });

  it("keeps nothing of a build that failed, says what it printed, and builds anew", async () => {
    writeFileSync(path.join(folder, "bin/broken"), "");
    await expect(hostProgram(PROGRAM, environment)).rejects.toThrow(StepFailedError);
    await expect(hostProgram(PROGRAM, environment)).rejects.toThrow("no space left");
    expect(kept()).toEqual([]);
    rmSync(path.join(folder, "bin/broken"));
    expect(readFileSync(await hostProgram(PROGRAM, environment), "utf8")).toMatch(/ in /);
  });

  it("takes nothing that an interrupted build left behind", async () => {
    const file = await hostProgram(PROGRAM, environment);
    const whole = path.dirname(file);
    const unfinished = path.join(path.dirname(whole), `.making-${path.basename(whole)}`);
    rmSync(whole, { recursive: true });
    mkdirSync(unfinished);
    writeFileSync(path.join(unfinished, "tool"), "half");
    expect(readFileSync(await hostProgram(PROGRAM, environment), "utf8")).toMatch(/^program build .*\n$/);
    expect(kept()).toEqual([path.basename(whole)]);
  });

  it.each([
    { what: "version", other: { ...PROGRAM, module: { path: "example.com/tool", version: "v1.0.1" } } },
    { what: "package", other: { ...PROGRAM, package: "./cmd/other" } },
    { what: "variable", other: { ...PROGRAM, variables: { "main.version": "v2" } } },
  ])("makes another program for another $what", async ({ other }) => {
    expect(await hostProgram(PROGRAM, environment)).not.toBe(await hostProgram(other, environment));
    expect(kept()).toHaveLength(2);
  });
});

describe("a run of the charts' tests where helm is not there and cannot be made", () => {
  it("S-66: fails, even at a desk, and says what it was doing", { timeout: 60_000 }, () => {
    const folder = mkdtempSync(path.join(tmpdir(), "slipway-no-helm-"));
    try {
      writeFileSync(path.join(folder, "go"), "#!/bin/sh\necho nothing can be had >&2\nexit 1\n", { mode: 0o755 });
      const words = ["run", "--config", "test/vitest.config.ts", "--project", "charts", "test/charts/backing.test.ts"];
      const cache = path.join(folder, "cache");
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}`, SLIPWAY_CACHE: cache, CI: "" };
      const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
      const call = [vitest, ...words, "--testNamePattern", "C-31"];
      const run = spawnSync(process.execPath, call, { cwd: ROOT, env, encoding: "utf8" });
      expect(run.stderr).toMatch(/\[infra\] downloading helm\.sh\/helm\/v3@[^]*nothing can be had/);
      expect(run.status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

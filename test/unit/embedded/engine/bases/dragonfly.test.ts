import { spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { dragonflyBase } from "../../../../../embedded/engine/bases/dragonfly.ts";

const SOURCE = path.resolve(import.meta.dirname, "../../../../../embedded/engine/bases/dragonfly");
const hasGo = spawnSync("go", ["version"]).status === 0;

describe("the base dragonfly", () => {
  it("starts the program before Redis, which takes Dragonfly's flags", async () => {
    const { config, layers } = await dragonflyBase();
    expect(config).toMatchObject({
      entrypoint: ["/usr/local/bin/dragonfly"],
      command: ["--logtostderr", "--dbfilename="],
    });
    expect(layers.map(({ name }) => name)).toEqual(["redis", "dragonfly"]);
  });

  // The embedded mode needs Go, other runs do not.
  it.skipIf(!hasGo && process.env.CI !== "true")("has a program whose own tests pass", { timeout: 120_000 }, () => {
    const environment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" };
    const { status, stdout, stderr } = spawnSync("go", ["test", "./..."], {
      cwd: SOURCE,
      env: environment,
      encoding: "utf8",
    });
    expect(`${stdout}${stderr}`).toMatch(/^ok\s/);
    expect(status).toBe(0);
  });
});

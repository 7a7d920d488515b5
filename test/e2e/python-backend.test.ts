import { randomUUID } from "node:crypto";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { inEngine, outsideImage, postgres, ROOT } from "./support/slipway.ts";

const PACKAGE = "/repository/docker/reference/yab/packages/backend";

describe("yab's backend (C-13, Y-35, Y-55)", () => {
  it("is checked, formatted and passes its tests, those on a real PostgreSQL and Redis too", async () => {
    await inEngine(async () => {
      const once = randomUUID();
      const include = ["docker/reference/yab/packages/backend", "deploy/config"];
      const repository = dag.host().directory(ROOT, { include, exclude: ["**/.venv", "**/__pycache__"] });
      const lock = repository.file("docker/reference/yab/packages/backend/requirements-dev.lock");
      const cache = (await outsideImage("dragonfly")).withEnvVariable("SLIPWAY_TEST", once).withExposedPort(6379);
      const install = ["/venv/bin/python", "-m", "pip", "install", "--require-hashes", "--requirement", "/dev.lock"];
      const tools = (await outsideImage("python-3.11"))
        .withMountedCache("/root/.cache/pip", dag.cacheVolume("//root/.cache/pip"))
        .withExec(["python", "-m", "venv", "/venv"])
        .withMountedFile("/dev.lock", lock)
        .withExec(install)
        .withMountedDirectory("/repository", repository)
        .withWorkdir(PACKAGE)
        .withEnvVariable("PYTHONPATH", `${PACKAGE}/src`);
      await tools.withExec(["/venv/bin/ruff", "check"]).sync();
      await tools.withExec(["/venv/bin/ruff", "format", "--check"]).sync();
      await tools.withExec(["/venv/bin/mypy"]).sync();
      const tested = tools
        .withServiceBinding("postgres", await postgres(once))
        .withServiceBinding("cache", cache.asService({ useEntrypoint: true }))
        .withEnvVariable("CI", "true")
        .withEnvVariable("TEST_DATABASE_URL", "postgresql://cruvero:secret@postgres:5432/cruvero")
        .withEnvVariable("TEST_REDIS_URL", "redis://cache:6379/0")
        .withExec(["/venv/bin/pytest", "-rs"]);
      const output = await tested.stdout();
      expect(output).toMatch(/ \d+ passed in /);
      expect(output).not.toMatch(/skipped|xfailed/);
    });
  });
});

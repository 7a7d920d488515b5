/** The package of CleverAgents with its tests, and its two images run from read-only roots, each against real servers. */
import { randomUUID } from "node:crypto";

import { type Container, dag, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { inEngine, outsideImage, postgres, ROOT, slipway } from "./support/slipway.ts";

const PACKAGE = "/repository/docker/reference/cleveragents";
const OBSERVATION = z.strictObject({ what: z.string(), value: z.string() });

/** Python with everything of the lock for development, in a place where everybody may read. */
async function development(): Promise<Container> {
  const repository = dag.host().directory(ROOT, {
    include: ["docker/reference/cleveragents", "docker/Dockerfile.*", "deploy/config", "charts/server"],
    exclude: ["**/__pycache__", "**/.venv"],
  });
  return (await outsideImage("python-3.13"))
    .withMountedCache("/root/.cache/pip", dag.cacheVolume("//root/.cache/pip"))
    .withMountedDirectory("/repository", repository)
    .withWorkdir(PACKAGE)
    .withMountedTemp("/tmp")
    .withEnvVariable("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    .withEnvVariable("PIP_ROOT_USER_ACTION", "ignore")
    .withExec(["python", "-m", "venv", "/venv"])
    .withExec([
      "/venv/bin/pip",
      "install",
      "--require-hashes",
      "-r",
      "requirements-build.lock",
      "-r",
      "requirements-dev.lock",
    ])
    .withExec(["/venv/bin/uv", "pip", "install", "--python", "/venv/bin/python", "--no-deps", "--editable", "."]);
}

async function redis(once: string, ...words: string[]): Promise<Service> {
  const container = (await outsideImage("redis")).withEnvVariable("SLIPWAY_TEST", once).withExposedPort(6379);
  return container.asService({ args: ["redis-server", "--protected-mode", "no", ...words], useEntrypoint: true });
}

describe("the package of CleverAgents (S-77, S-82 to S-95)", () => {
  it("passes its tests on a real PostgreSQL and a real Redis, is typed and clean, and 97 % of it is covered", async () => {
    await inEngine(async () => {
      const once = randomUUID();
      const tools = await development();
      await tools.withExec(["/venv/bin/ruff", "check", "--no-cache"]).sync();
      await tools.withExec(["/venv/bin/ruff", "format", "--check", "--no-cache"]).sync();
      await tools.withExec(["/venv/bin/mypy", "--cache-dir", "/tmp/mypy"]).sync();
      const tested = tools
        .withServiceBinding("postgres", await postgres(once))
        .withEnvVariable("SLIPWAY_TEST", once)
        .withEnvVariable("CI", "true")
        .withServiceBinding("redis", await redis(once, "--requirepass", "secret"))
        .withEnvVariable("TEST_REDIS_URL", "redis://:secret@redis:6379")
        .withEnvVariable("TEST_DATABASE_URL", "postgres://cruvero:secret@postgres:5432/cruvero?sslmode=disable")
        .withExec(["/venv/bin/pytest", "-p", "no:cacheprovider", "--quiet"]);
      const output = await tested.stdout();
      expect(output).toMatch(/\b1[5-9]\d passed/);
      expect(output).not.toMatch(/\d+ (?:failed|error|skipped)/);
    });
  });
});

describe("the images server and cli, run from a read-only root", () => {
  it("S-02, S-03, S-06, S-08, S-11, S-12, S-29, S-50, S-90, S-93: do what the chart and the sources rely on", async () => {
    const seen = await inEngine(async () => {
      const once = randomUUID();
      const module = slipway();
      const script = dag.host().file(`${ROOT}/test/e2e/scripts/run-server.sh`);
      let runner = (await outsideImage("golang"))
        .withMountedTemp("/tmp")
        .withEnvVariable("SLIPWAY_TEST", once)
        .withServiceBinding("postgres", await postgres(once))
        .withServiceBinding("redis", await redis(once))
        .withEnvVariable("POSTGRES", "postgres")
        .withEnvVariable("REDIS", "redis");
      for (const name of ["server", "cli"]) {
        const image = await module.build(name);
        expect(await image.user(), name).toBe("1000:1000");
        expect(await image.entrypoint(), name).toEqual(["cleveragents"]);
        runner = runner.withMountedDirectory(`/images/${name}`, image.rootfs(), { readOnly: true });
      }
      return runner.withMountedFile("/run-server.sh", script).withExec(["bash", "/run-server.sh"]).stdout();
    });
    const lines = seen.trim().split("\n");
    const observed = lines.map((line) => OBSERVATION.parse(JSON.parse(line))).map(({ what, value }) => [what, value]);
    expect(Object.fromEntries(observed)).toEqual({
      "without a database": "exit 2",
      "names what is missing": "CLEVERAGENTS_DATABASE_URL is missing",
      "unknown level": "exit 2",
      "cli without words": "exit 0",
      "cli check": "exit 0",
      "build tool": "0",
      uid: "1000",
      "GET /": "200",
      "GET /live": "200",
      "GET /ready": "200",
      "GET /health": "200",
      "GET /nowhere": "404",
      "POST /live": "405",
      allowed: "GET",
      headers: "nosniff no-store",
      "after SIGTERM": "exit 0",
      "wrong password /ready": "503",
      "wrong password /live": "200",
      "second after SIGTERM": "exit 0",
      "no redis /ready": "503",
      "no redis /live": "200",
      "third after SIGTERM": "exit 0",
    });
  });
});

import { randomUUID } from "node:crypto";

import { CacheSharingMode, dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { inEngine, outsideImage, postgres, ROOT } from "./support/slipway.ts";

const MODULE = "/repository/docker/reference/cruvero";

describe("the Go services (C-13)", () => {
  it("are vetted, formatted and pass their tests, those on a real PostgreSQL too", async () => {
    await inEngine(async () => {
      const once = randomUUID();
      const repository = dag.host().directory(ROOT, {
        include: ["docker/reference/cruvero", "deploy/config"],
        exclude: ["**/node_modules", "**/dist"],
      });
      const tools = (await outsideImage("golang"))
        .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
        .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"), {
          sharing: CacheSharingMode.Locked,
        })
        .withEnvVariable("CGO_ENABLED", "0")
        .withMountedDirectory("/repository", repository)
        .withWorkdir(MODULE);
      expect(await tools.withExec(["gofmt", "-l", "."]).stdout()).toBe("");
      await tools.withExec(["go", "vet", "./..."]).sync();
      const tested = tools
        .withServiceBinding("postgres", await postgres(once))
        .withEnvVariable("SLIPWAY_TEST", once)
        .withEnvVariable("TEST_DATABASE_URL", "postgres://cruvero:secret@postgres:5432/cruvero?sslmode=disable")
        .withExec(["go", "test", "-count=1", "-json", "./..."]);
      const output = await tested.stdout();
      expect(output).toMatch(/"Action":"pass","Package":"slipway\.example\/cruvero\/internal\/store"/);
      expect(output).not.toMatch(/"Action":"skip","Package":"[^"]*","Test":/);
    });
  });
});

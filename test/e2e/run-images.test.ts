import { randomUUID } from "node:crypto";

import { type Container, dag, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { inEngine, outsideImage, postgres, ROOT, slipway } from "./support/slipway.ts";

const OBSERVATION = z.strictObject({ what: z.string(), value: z.string() });
const NAMES = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"];
const SERVERS = NAMES.filter((name) => name !== "migrate");

/** Prints user and group of its own process; the images have nothing that could. */
const PROBE = `package main

import (
	"fmt"
	"os"
)

func main() { fmt.Print(os.Getuid(), " ", os.Getgid()) }
`;

/** Publishes to a registry of its own, pulls every image back by digest and gives what running them showed. */
async function observations(): Promise<Map<string, string>> {
  const once = randomUUID();
  const registry = (await outsideImage("registry"))
    .withEnvVariable("SLIPWAY_TEST", once)
    .withExposedPort(5000)
    .asService({ useEntrypoint: true });
  const published = await slipway().publishImages("localhost:5000/acme", [], "", "main", "", undefined, registry, true);
  let runner = (await outsideImage("golang"))
    .withMountedTemp("/tmp")
    .withServiceBinding("postgres", await postgres(once))
    .withServiceBinding("nats", await server("nats", 4222, once))
    .withServiceBinding("cache", await server("dragonfly", 6379, once))
    .withEnvVariable("POSTGRES", "postgres")
    .withEnvVariable("NATS", "nats")
    .withEnvVariable("CACHE", "cache");
  const probe = (await outsideImage("golang"))
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"))
    .withNewFile("/probe/main.go", PROBE)
    .withEnvVariable("CGO_ENABLED", "0")
    .withExec(["go", "build", "-o", "/probe/probe", "/probe/main.go"])
    .file("/probe/probe");
  const alone = new Map<string, Container>();
  for (const name of NAMES) {
    const reference = new RegExp(`localhost:5000/acme/cruvero-${name}@sha256:[0-9a-f]{64}`).exec(published)?.[0];
    if (reference === undefined) throw new Error(`no reference of ${name} in:\n${published}`);
    const pulled = dag.container().from(reference, { registryService: registry });
    expect(await pulled.user(), name).toBe("10001:10001");
    expect(await pulled.entrypoint(), name).toEqual([`/usr/bin/${name}`]);
    alone.set(`${name} started by the engine`, pulled.withMountedFile("/probe", probe).withExec(["/probe"]));
    runner = runner
      .withNewFile(`/users/${name}`, await pulled.user())
      .withMountedDirectory(`/images/${name}`, pulled.rootfs(), { readOnly: true });
  }
  const script = dag.host().file(`${ROOT}/test/e2e/scripts/run-images.sh`);
  const output = await runner.withMountedFile("/run-images.sh", script).withExec(["bash", "/run-images.sh"]).stdout();
  const lines = output.trim().split("\n");
  const seen = new Map(
    lines.map((line) => OBSERVATION.parse(JSON.parse(line))).map(({ what, value }) => [what, value]),
  );
  await Promise.all([...alone].map(async ([what, container]) => seen.set(what, await container.stdout())));
  return seen;
}

async function server(image: string, port: number, once: string): Promise<Service> {
  const container = (await outsideImage(image)).withEnvVariable("SLIPWAY_TEST", once).withExposedPort(port);
  return image === "nats"
    ? container.asService({ args: ["-js"], useEntrypoint: true })
    : container.asService({ useEntrypoint: true });
}

describe("the published images, pulled back by digest and run from a read-only root (C-02, C-08)", () => {
  it("work together as the system that they are", async () => {
    const seen = await inEngine(observations);
    const expected: Record<string, string> = {
      "migrate first": "exit 0",
      "migrate second": "exit 0",
      "api without settings": "exit 2",
      "api names what is missing": "CACHE_URL DATABASE_URL NATS_URL",
      run: "completed",
      "run through the ui": "completed",
      "ui page": "1",
      "write to the root": "Read-only file system",
      "readyz without NATS and cache": "503 nats cache ",
      "addresses and secrets in it": "0",
      "two runs with a quota of one": "202 429 ",
    };
    for (const name of NAMES) expected[`${name} started by the engine`] = "10001 10001";
    for (const name of SERVERS) {
      expected[`${name} uid`] = "10001";
      expected[`${name} metrics`] = "some";
      expected[`${name} after SIGTERM`] = "exit 0";
      expected[`${name} logs what is no JSON`] = "";
    }
    expect(Object.fromEntries(Object.keys(expected).map((what) => [what, seen.get(what)]))).toEqual(expected);
    // Vite puts a hash of the content between the name and the ending; a name without one must not be kept for good.
    expect(seen.get("ui asset name")).toMatch(/^\/assets\/[A-Za-z0-9]+-[A-Za-z0-9_-]{8}\.js$/);
    expect(seen.get("ui asset")).toMatch(/^200 .*immutable/);
    for (const name of SERVERS) {
      expect(Number(seen.get(`${name} SIGTERM milliseconds`)), name).toBeLessThan(5000);
    }
  });
});

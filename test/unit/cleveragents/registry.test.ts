/** Holds deploy/config/cleveragents.yaml to its form, to the package and to the image. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { type ConfigKey, keysOf, parseConfigRegistry } from "../../../src/charts/config-registry.ts";
import { parseDockerfile } from "../dockerfile-steps.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const FILE = "deploy/config/cleveragents.yaml";
const registry = parseConfigRegistry(read(FILE), FILE);

const SCRIPT = `
import json
from cleveragents.settings import KEYS
print(json.dumps([{"name": key.name, "kind": key.kind, "required": key.required, "default": key.default} for key in KEYS]))
`;
const declared = z.array(
  z.strictObject({ name: z.string(), kind: z.string(), required: z.boolean(), default: z.string() }),
);

// The module of the keys needs nothing but Python 3.11, which a desk may lack; the package's own tests check the same.
const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]);
const hasPython = python.status === 0;

describe("deploy/config/cleveragents.yaml", () => {
  it("names its keys in order, each with the prefix of the system, for the one component", () => {
    const names = registry.keys.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names.filter((name) => !name.startsWith("CLEVERAGENTS_"))).toEqual([]);
    expect(registry.components).toEqual(["server"]);
    expect(keysOf(registry, "server")).toEqual(registry.keys);
  });

  it("S-46, S-47, S-98, S-99: lets nothing that is secret stand in a ConfigMap", () => {
    expect(namesOf(({ kind }) => kind === "secret")).toEqual([
      "CLEVERAGENTS_DATABASE_URL",
      "CLEVERAGENTS_REDIS_PASSWORD",
    ]);
  });

  it("S-49, S-50: requires the database, and nothing of Redis", () => {
    expect(namesOf(({ required }) => required)).toEqual(["CLEVERAGENTS_DATABASE_URL"]);
  });

  it("S-51, A-21, X-15: names host, port and log level of the server, and no workers", () => {
    expect(namesOf(({ name }) => name.startsWith("CLEVERAGENTS_SERVER_"))).toEqual(
      ["HOST", "LOG_LEVEL", "PORT", "SHUTDOWN_TIMEOUT_SECONDS"].map((name) => `CLEVERAGENTS_SERVER_${name}`),
    );
  });

  it("S-04: gives the server the port that the image exposes", () => {
    const { last } = parseDockerfile("server", read("docker/Dockerfile.server"));
    const exposed = last.steps.filter(({ keyword }) => keyword === "EXPOSE").map(({ text }) => text);
    expect(exposed).toEqual([registry.keys.find(({ name }) => name === "CLEVERAGENTS_SERVER_PORT")?.default]);
  });

  it.skipIf(!hasPython && process.env.CI !== "true")("S-51: lists what the code reads and nothing else", () => {
    const source = path.join(ROOT, "docker/reference/cleveragents/src");
    const environment = { ...process.env, PYTHONPATH: source, PYTHONDONTWRITEBYTECODE: "1" };
    const { stdout, stderr } = spawnSync("python3", ["-c", SCRIPT], { env: environment, encoding: "utf8" });
    expect(stderr).toBe("");
    const code = declared.parse(JSON.parse(stdout));
    expect(code.sort((a, b) => a.name.localeCompare(b.name, "en"))).toEqual(
      registry.keys.map(({ name, kind, required, default: standard }) => ({
        name,
        kind,
        required,
        default: standard ?? "",
      })),
    );
  });
});

function namesOf(fits: (key: ConfigKey) => boolean): readonly string[] {
  return registry.keys.filter(fits).map(({ name }) => name);
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

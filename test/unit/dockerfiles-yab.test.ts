/** Holds yab's Dockerfiles, build configuration and build tool to their rules, and each rule to the defect that breaks it. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { checkConfiguration } from "../../src/platform/build-configuration.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { copiesOf, type Dockerfile, isEmptyStage, parseDockerfile, type Step } from "./dockerfile-steps.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SOURCE = path.join(ROOT, "docker/reference/yab");
const LABELS = ["title", "description", "licenses", "revision"];
/** Defaults of the arguments that a FROM takes, as the seeds name the images. */
const BASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  backend: { BASE_IMAGE: "python:3.11-slim" },
  web: {
    FLUTTER_IMAGE: "ghcr.io/cirruslabs/flutter:3.44.0",
    NODE_IMAGE: "node:24-alpine",
    NGINX_IMAGE: "nginxinc/nginx-unprivileged:1.29-alpine",
  },
};

type Rule = {
  readonly title: string;
  readonly problems: (file: Dockerfile) => readonly string[];
  readonly into: "backend" | "web";
  readonly plant: readonly [from: string, to: string];
  readonly says: readonly string[];
};

const RULES: readonly Rule[] = [
  {
    title: "A-34: takes every base as an argument whose default is the familiar tag",
    problems: ({ command, baseArguments }) => {
      const known = Object.entries(baseArguments).filter(([name]) => name.endsWith("_IMAGE"));
      const expected = BASES[command] ?? {};
      return known.filter(([name, value]) => expected[name] !== value).map(([name, value]) => `${name}=${value}`);
    },
    into: "backend",
    plant: ["python:3.11-slim", "python:latest"],
    says: ["BASE_IMAGE=python:latest"],
  },
  {
    title: "names no image but by argument",
    problems: ({ stages, baseArguments }) =>
      stages
        .map(({ base }) => base)
        .filter((base) => base !== "scratch" && !stages.some(({ name }) => name === base))
        .filter((base) => !((/^\$\{(\w+)\}$/.exec(base)?.[1] ?? "") in baseArguments))
        .map((base) => `FROM ${base}`),
    into: "web",
    plant: ["FROM ${NGINX_IMAGE}", "FROM nginx:1"],
    says: ["FROM nginx:1"],
  },
  {
    title: "Y-06: has no HEALTHCHECK, ADD or parser directive",
    problems: ({ steps, directives }) => [
      ...steps.filter(({ keyword }) => ["HEALTHCHECK", "ADD"].includes(keyword)).map(({ keyword }) => `has ${keyword}`),
      ...(directives === 0 ? [] : ["has a parser directive"]),
    ],
    into: "backend",
    plant: ["USER 10001:10001", "HEALTHCHECK CMD true\nUSER 10001:10001"],
    says: ["has HEALTHCHECK"],
  },
  {
    title: "Y-03: runs as 10001:10001 in a folder of its own",
    problems: ({ command, last }) => {
      const folder = command === "backend" ? "/app" : "/";
      const found = last.steps.filter(({ keyword }) => ["USER", "WORKDIR"].includes(keyword)).map(({ text }) => text);
      return found.join(" ") === `${folder} 10001:10001` ? [] : [`runs as ${found.join(" ")}`];
    },
    into: "web",
    plant: ["USER 10001:10001\n", ""],
    says: ["runs as /"],
  },
  {
    title: "runs nothing in the final stage, and ships one tree",
    problems: ({ last }) => {
      const copies = last.steps.filter(({ keyword }) => keyword === "COPY");
      const from = copies.map((step) => [...step.flags, ...step.args].join(" "));
      return [
        ...runs(last.steps).map((step) => `runs ${step.text}`),
        ...(/^--from=(build|tree) \/out\/ \/$/.test(from.join()) ? [] : [`ships ${from.join()}`]),
      ];
    },
    into: "backend",
    plant: ["WORKDIR /app\n", "WORKDIR /app\nRUN id\n"],
    says: ["runs id"],
  },
  {
    title: "Y-04: downloads with nothing but lock files in sight",
    problems: ({ steps, stages }) =>
      runs(steps)
        .filter(({ text }) => /pip install|--requirement/.test(text))
        .flatMap(({ mounts }) => mounts)
        .filter(({ type }) => type === "bind")
        .flatMap(({ from }) => copiesOf(stages.find(({ name }) => name === from)?.steps ?? []))
        .filter((source) => !/(requirements-build\.lock|pyproject\.toml|poetry\.lock)$/.test(source))
        .map((source) => `downloads beside ${source}`),
    into: "backend",
    plant: ["from=locks,target=/project", "from=source,target=/project"],
    says: [
      "downloads beside ${SOURCE}/packages/backend/entrypoint.sh",
      "downloads beside ${SOURCE}/packages/backend/src",
    ],
  },
  {
    title: "Y-01: installs by hash alone",
    problems: ({ steps }) =>
      runs(steps).flatMap(({ text }) => {
        const installs = text.split("&&").filter((part) => part.includes(" install "));
        return installs
          .filter((part) => !part.includes("--require-hashes"))
          .map((part) => `installs:${part.trimEnd()}`);
      }),
    into: "backend",
    plant: ["--only-binary :all: --require-hashes", "--only-binary :all:"],
    says: [
      "installs: pip --python /app/venv/bin/python install --no-compile --only-binary :all: --requirement /tmp/requirements.txt",
    ],
  },
  {
    title: "carries the OCI labels in its last step",
    problems: ({ last }) => {
      const labels = last.steps.at(-1)?.settings ?? {};
      return LABELS.filter((name) => !labels[`org.opencontainers.image.${name}`]).map((name) => `no label ${name}`);
    },
    into: "web",
    plant: ["org.opencontainers.image.licenses", "licenses"],
    says: ["no label licenses"],
  },
  {
    title: "runs nothing in an empty stage",
    problems: ({ stages }) =>
      stages.filter((stage) => isEmptyStage(stage, stages)).flatMap(({ name, steps }) => runs(steps).map(() => name)),
    into: "web",
    plant: ["COPY docker/nginx.default.conf /\n", "COPY docker/nginx.default.conf /\nRUN id\n"],
    says: ["server"],
  },
];

describe.each(RULES)("$title", (rule) => {
  it.each(["backend", "web"])("docker/Dockerfile.%s", (name) => {
    expect(rule.problems(parseDockerfile(name, read(name)))).toEqual([]);
  });

  it("refuses a Dockerfile that does otherwise", () => {
    const planted = read(rule.into).replace(rule.plant[0], () => rule.plant[1]);
    expect(rule.problems(parseDockerfile(rule.into, planted))).toEqual(rule.says);
  });
});

describe("yab in deploy/platform.yaml", () => {
  const images = parsePlatform(readFileSync(path.join(ROOT, "deploy/platform.yaml"), "utf8"), "platform").images;
  const own = images.filter(({ system }) => system === "yab");

  it("Y-07, Y-11: builds the API and both sites, these from one Dockerfile and with the whole source in sight", () => {
    expect(own.map(({ repository }) => repository)).toEqual(["api", "web", "admin"]);
    expect(own.map(({ dockerfile }) => dockerfile)).toEqual([
      "docker/Dockerfile.backend",
      "docker/Dockerfile.web",
      "docker/Dockerfile.web",
    ]);
    expect(new Set(own.map(({ context }) => context))).toEqual(new Set(["."]));
  });

  it("Y-19: gives both sites a build configuration that has them", () => {
    for (const { args, config } of own.filter(({ dockerfile }) => dockerfile.endsWith("web"))) {
      expect(args.CONFIG).toBe(config);
      expect(Object.keys(configuration(config ?? "").sites)).toContain(args.APP);
    }
  });
});

const SCHEMA = "docker/build.schema.json";
const CONFIGURATION = z.object({
  sites: z.record(
    z.string(),
    z.object({ dartDefines: z.record(z.string(), z.string()), firebase: z.record(z.string(), z.string()) }),
  ),
});

/** Reads a configuration as a build does: it is held to its schema first. */
function configuration(file: string): z.output<typeof CONFIGURATION> {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  checkConfiguration({ file, text }, { file: SCHEMA, text: readFileSync(path.join(ROOT, SCHEMA), "utf8") });
  return CONFIGURATION.parse(JSON.parse(text));
}

describe("docker/build.*.json (Y-19)", () => {
  it.each(["local", "prod"])("%s has the form of its schema, for both sites", (name) => {
    expect(Object.keys(configuration(`docker/build.${name}.json`).sites)).toEqual(["customer_app", "admin_app"]);
  });

  it("differ in every value that names an environment", () => {
    const [local, prod] = ["local", "prod"].map((name) => configuration(`docker/build.${name}.json`).sites);
    expect(local?.admin_app?.firebase.projectId).not.toBe(prod?.admin_app?.firebase.projectId);
    expect(local?.admin_app?.dartDefines).not.toEqual(prod?.admin_app?.dartDefines);
  });
});

describe("tool/configure.mjs (Y-08, Y-14)", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-site-"));
    cpSync(path.join(SOURCE, "packages/admin_app/prebuilt"), path.join(folder, "bundle"), { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function words(name: string): string[] {
    const config = path.join(ROOT, `docker/build.${name}.json`);
    const [bundle, out] = [path.join(folder, "bundle"), path.join(folder, "out")];
    return ["site", config, "admin_app", bundle, path.join(SOURCE, "packages/ui_kit/assets"), out];
  }
  const tool = path.join(SOURCE, "tool/configure.mjs");

  it.each(["local", "prod"])("puts what the configuration %s says into the site", (name) => {
    execFileSync(process.execPath, [tool, ...words(name)]);
    const site = configuration(`docker/build.${name}.json`).sites.admin_app;
    const worker = readFileSync(path.join(folder, "out/html/firebase-messaging-sw.js"), "utf8");
    for (const value of Object.values(site?.firebase ?? {})) expect(worker).toContain(JSON.stringify(value));
    const defines: unknown = JSON.parse(readFileSync(path.join(folder, "out/html/dart-defines.json"), "utf8"));
    expect(defines).toEqual(site?.dartDefines);
  });

  it("gives Flutter what is compiled in", () => {
    const file = path.join(folder, "defines.json");
    execFileSync(process.execPath, [tool, "defines", path.join(ROOT, "docker/build.prod.json"), "admin_app", file]);
    const defines: unknown = JSON.parse(readFileSync(file, "utf8"));
    expect(defines).toEqual({ API_BASE_URL: "https://api.example.dev", APP_ENV: "prod" });
  });

  it("refuses a placeholder that nothing fills, naming file and placeholder", () => {
    writeFileSync(path.join(folder, "bundle/extra.js"), "const id = '__FIREBASE_VAPID__';\n");
    const { status, stderr } = spawnSync(process.execPath, [tool, ...words("prod")], { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      "configure: placeholders are left, which no configuration fills:\n  extra.js: __FIREBASE_VAPID__\n",
    ]);
  });

  it("refuses a service worker that does not name the project", () => {
    writeFileSync(path.join(folder, "bundle/firebase-messaging-sw.js"), "// empty\n");
    const { status, stderr } = spawnSync(process.execPath, [tool, ...words("prod")], { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      "configure: firebase-messaging-sw.js does not name the Firebase project yab-prod-admin\n",
    ]);
  });
});

function runs(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ keyword }) => keyword === "RUN");
}

function read(name: string): string {
  return readFileSync(path.join(ROOT, `docker/Dockerfile.${name}`), "utf8");
}

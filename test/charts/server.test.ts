/** Holds the chart of CleverAgents' server to the files that it has to agree with: Dockerfile, registry, platform, package. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { keysOf, parseConfigRegistry } from "../../src/charts/config-registry.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { CHART, DATABASE, ENVIRONMENTS, HELMS, type Manifest, ROOT, ServerChart } from "./server-chart.ts";

const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const dockerfile = read("docker/Dockerfile.server");
const registry = parseConfigRegistry(read("deploy/config/cleveragents.yaml"), "deploy/config/cleveragents.yaml");
const platform = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");
const values = z
  .looseObject({
    server: z.looseObject({ port: z.number() }),
    image: z.looseObject({ repository: z.string() }),
    podSecurityContext: z.record(z.string(), z.number()),
    containerSecurityContext: z.record(z.string(), z.number()),
  })
  .parse(parse(read("charts/server/values.yaml")));

const variable = z.looseObject({ name: z.string(), value: z.string().optional() });
const container = z.looseObject({
  command: z.array(z.string()),
  args: z.array(z.string()).optional(),
  env: z.array(variable),
  ports: z.array(z.looseObject({ containerPort: z.number() })),
  volumeMounts: z.array(z.looseObject({ mountPath: z.string() })),
});
const deployment = z.looseObject({
  spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({ containers: z.tuple([container]) }) }) }),
});

let chart: ServerChart;

beforeAll(async () => {
  chart = await ServerChart.open();
});

afterAll(() => {
  chart.remove();
});

function containerOf(manifests: readonly Manifest[]): z.infer<typeof container> {
  const [found] = manifests.filter(({ kind }) => kind === "Deployment");
  return deployment.parse(found).spec.template.spec.containers[0];
}

/** The last value of an instruction of the Dockerfile. */
function instruction(name: string): string {
  const line = dockerfile.split("\n").findLast((each) => each.startsWith(`${name} `));
  return line?.slice(name.length + 1) ?? "";
}

it("S-59, S-129: fails clearly before its dependencies are built, and renders afterwards", () => {
  const before = chart.run("template", DATABASE);
  expect(before.status).not.toBe(0);
  expect(before.output).toContain("found in Chart.yaml, but missing in charts/ directory: common, postgresql, redis");
  chart.buildDependencies();
  expect(chart.run("template", DATABASE).status).toBe(0);
});

describe("charts/server and the files beside it", () => {
  it("S-03: runs as the user of the image", () => {
    const [user = "", group = ""] = instruction("USER").split(":");
    expect(values.podSecurityContext).toEqual({ runAsUser: Number(user), runAsGroup: Number(group), fsGroup: 1000 });
    expect(values.containerSecurityContext).toEqual({ runAsUser: 1000, runAsGroup: 1000 });
  });

  it("S-04: serves the port that the image exposes", () => {
    const { ports } = containerOf(chart.render());
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([Number(instruction("EXPOSE"))]);
    expect(values.server.port).toBe(Number(instruction("EXPOSE")));
  });

  it("S-06, S-23: starts what the image starts", () => {
    const words = z.array(z.string());
    const started = [
      ...words.parse(JSON.parse(instruction("ENTRYPOINT"))),
      ...words.parse(JSON.parse(instruction("CMD"))),
    ];
    expect(containerOf(chart.render()).command).toEqual(started);
  });

  it("S-11, S-25: may write to the folder that the image makes for it", () => {
    const made = /install -d -o 1000 -g 1000 -m 0755 \/out(\/\S+)/.exec(dockerfile)?.[1];
    expect(containerOf(chart.render()).volumeMounts.map(({ mountPath }) => mountPath)).toEqual(["/tmp", made]);
  });

  it("takes the repository that the platform builds", () => {
    const image = platform.images.find(({ name }) => name === "server");
    expect(values.image.repository).toBe(image?.repository);
    expect(platform.charts.find(({ name }) => name === "server")?.images).toEqual({ server: "image" });
  });

  it("X-01: is the release cleveragents", () => {
    expect(platform.charts.find(({ name }) => name === "server")?.release).toBe("cleveragents");
  });

  it("S-51: carries the registry of configuration keys", () => {
    expect(read("charts/server/files/config-keys.yaml")).toBe(read("deploy/config/cleveragents.yaml"));
  });

  it.each(ENVIRONMENTS)("S-51, S-120: gives the server in %s the keys of the registry and no others", (environment) => {
    const manifests = chart.render(chart.overlay(environment));
    const config = z
      .looseObject({ data: z.record(z.string(), z.string()) })
      .parse(manifests.find(({ kind }) => kind === "ConfigMap"));
    const own = containerOf(manifests).env.map(({ name }) => name);
    const given = [...own.filter((name) => name !== "DATABASE_PASSWORD"), ...Object.keys(config.data)];
    expect(given.sort()).toEqual(keysOf(registry, "server").map(({ name }) => name));
  });

  it("S-28: asks paths that the application knows", () => {
    const application = read("docker/reference/cleveragents/src/cleveragents/a2a/asgi.py");
    const probes = JSON.stringify(containerOf(chart.render()));
    for (const known of ["/live", "/ready"]) {
      expect(application).toContain(`"${known}"`);
      expect(probes).toContain(`"path":"${known}"`);
    }
    expect(probes).not.toContain("/health");
  });

  it("S-94: knows the levels that the command knows", () => {
    const levels = z.array(z.string());
    const schema = z
      .looseObject({
        properties: z.looseObject({
          server: z.looseObject({ properties: z.looseObject({ logLevel: z.looseObject({ enum: levels }) }) }),
        }),
      })
      .parse(JSON.parse(read("charts/server/values.schema.json")));
    const package_ = read("docker/reference/cleveragents/src/cleveragents/settings.py");
    const declared = /LOG_LEVELS = \(([^)]+)\)/.exec(package_)?.[1] ?? "";
    expect([...declared.matchAll(/"(\w+)"/g)].map(([, level]) => level)).toEqual(
      schema.properties.server.properties.logLevel.enum,
    );
  });

  it("S-53, S-54, S-111, A-26: depends on the Redis that stands in for 18.19, when it is enabled", () => {
    const dependency = z.looseObject({ name: z.string(), version: z.string(), condition: z.string().optional() });
    const file = z.looseObject({ dependencies: z.array(dependency) });
    const find = (name: string, text: string) =>
      file.parse(parse(text)).dependencies.find((each) => each.name === name);
    const declared = find("redis", read("charts/server/Chart.yaml"));
    expect(declared).toMatchObject({ version: "~18.19.0", condition: "redis.enabled" });
    expect(find("redis", read("charts/server/Chart.lock"))?.version).toMatch(/^18\.19\.\d+$/);
  });

  it("S-15: is an application chart of the second form", () => {
    expect(parse(read("charts/server/Chart.yaml"))).toMatchObject({ apiVersion: "v2", type: "application" });
  });

  it("S-16: has values for replicas, resources, entry, TLS, Redis, database and settings", () => {
    const wanted = ["replicaCount", "resources", "ingress", "redis", "externalRedis", "database", "server"];
    expect(Object.keys(values)).toEqual(expect.arrayContaining(wanted));
    expect(JSON.stringify(values.ingress)).toContain('"tls"');
  });

  it("S-19, S-116: has neither workers nor a target port among its values", () => {
    expect(JSON.stringify(values)).not.toMatch(/workers|targetPort/i);
    expect(chart.run("template", DATABASE).output).not.toMatch(/workers/i);
  });

  it("S-17: defines the six names and includes each", () => {
    const folder = path.join(CHART, "templates");
    const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
    const all = texts.join("\n");
    for (const name of ["name", "fullname", "labels", "selectorLabels", "serviceAccountName", "redisHost"]) {
      expect(all.split(`define "server.${name}"`).length, name).toBe(2);
      expect(all.split(`include "server.${name}"`).length, name).toBeGreaterThan(1);
    }
  });
});

describe.each(HELMS)("with %s", (helm) => {
  it("S-49, S-78, S-126: refuses to render without a database", () => {
    const { status, output } = chart.run("template", [], helm);
    expect(status).not.toBe(0);
    expect(output).toContain("server: there is no database");
  });

  it.each(ENVIRONMENTS)("S-130: lints strictly with the values of %s", (environment) => {
    expect(chart.run("lint", ["--strict", ...chart.overlay(environment)], helm)).toMatchObject({ status: 0 });
  });

  it("S-43, S-118: renders an entry whose annotations are nothing", () => {
    const entry = [
      ...["--set", "ingress.enabled=true,ingress.tls.enabled=true,ingress.tls.secretName=cert"],
      ...["--set", "ingress.hosts={a.example.com},ingress.annotations=null"],
      ...["--set-json", 'networkPolicy.ingressController.peers=[{"podSelector":{}}]'],
    ];
    const [ingress] = chart.render([...DATABASE, ...entry], helm).filter(({ kind }) => kind === "Ingress");
    expect(ingress?.metadata.annotations).toEqual({ "nginx.ingress.kubernetes.io/ssl-redirect": "true" });
  });

  it("S-46, S-47, S-98, S-99: lets no password stand outside of a Secret", () => {
    const words = [
      ...["--set", "database.url=postgres://user:planted-1@h:5432/d"],
      ...["--set", "externalRedis.host=h,externalRedis.password=planted-2"],
    ];
    const rendered = chart.render(words, helm);
    const others = JSON.stringify(rendered.filter(({ kind }) => kind !== "Secret"));
    expect(others).not.toContain("planted");
    const secrets = z.array(z.looseObject({ data: z.record(z.string(), z.string()) }));
    const [secret] = secrets.parse(rendered.filter(({ kind }) => kind === "Secret"));
    const decoded = Object.values(secret?.data ?? {}).map((text) => Buffer.from(text, "base64").toString());
    expect(decoded).toEqual(["postgres://user:planted-1@h:5432/d", "planted-2"]);
  });

  it("S-53, S-58, S-125: has nothing of Redis by default, and all of it when enabled", () => {
    expect(chart.run("template", DATABASE, helm).output).not.toMatch(/redis/i);
    const kinds = chart
      .render([...DATABASE, "--set", "redis.enabled=true"], helm)
      .filter(({ metadata }) => metadata.labels["app.kubernetes.io/component"] === "redis")
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(kinds).toContain("Service cleveragents-redis-master");
    expect(kinds).toContain("StatefulSet cleveragents-redis");
  });

  it("S-27: keeps nothing in a volume claim", () => {
    expect(chart.run("template", DATABASE, helm).output).not.toContain("PersistentVolumeClaim");
  });
});

it.each(ENVIRONMENTS)("renders the same objects for %s with both lines of helm, each once", (environment) => {
  const [three = [], four = []] = HELMS.map((helm) => chart.render(chart.overlay(environment), helm));
  const named = (all: readonly Manifest[]) =>
    Object.fromEntries(all.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
  expect(named(four)).toEqual(named(three));
  expect(Object.keys(named(three))).toHaveLength(three.length);
});

/** Holds files of one system to each other: image, chart, settings and documents say the same. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";
const values = z.looseObject({
  server: z.looseObject({ port: z.number() }),
  service: z.looseObject({ port: z.number() }),
});
const probes = z.looseObject({ probes: z.record(z.string(), z.looseObject({ path: z.string() })) });
const chartFile = z.looseObject({ dependencies: z.array(z.looseObject({ name: z.string() })) });
const registry = z.array(z.looseObject({ name: z.string(), kind: z.string() }));

describe("the server of cleveragents (S-75, S-107, S-113)", () => {
  const dockerfile = read("docker/Dockerfile.server");
  const chart = values.parse(parse(read("charts/server/values.yaml")));

  it("S-04: listens on one port in its image, its chart and its Service", () => {
    expect(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]).toBe(String(chart.server.port));
    expect(chart.service.port).toBe(chart.server.port);
  });

  it("S-06, S-112, S-121: is started by one command, which serves an application that there is", () => {
    const entry = z.array(z.string()).parse(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? ""));
    const command = z.array(z.string()).parse(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? ""));
    expect(read("charts/server/templates/_container.tpl")).toContain(
      `command: ${JSON.stringify([...entry, ...command]).replaceAll(",", ", ")}`,
    );
    const served = /"(cleveragents\.[\w.]+):(\w+)"/.exec(
      read("docker/reference/cleveragents/src/cleveragents/cli/commands/server.py"),
    );
    const [, module = "", name = ""] = served ?? [];
    expect(module).toBe("cleveragents.a2a.asgi");
    const source = read(`docker/reference/cleveragents/src/${module.replaceAll(".", "/")}.py`);
    expect(source).toMatch(new RegExp(`^${name} = `, "m"));
  });

  it("A-21: takes its database and the way out of TLS by the names that were decided on, or says where it does not", () => {
    const own = z.object({
      ingress: z.record(z.string(), z.unknown()),
      database: z.record(z.string(), z.unknown()),
    });
    const { ingress, database } = own.parse(parse(read("charts/server/values.yaml")));
    expect(Object.keys(database)).toEqual(expect.arrayContaining(["url", "existingSecret", "existingSecretKey"]));
    expect(Object.keys(ingress).filter((key) => key.startsWith("allow"))).toEqual(["allowInsecureHttp"]);
    expect(read("docs/naming.md")).toMatch(
      /`ingress\.allowInsecureHttp`, which was first to be `ingress\.allowInsecure`/,
    );
  });

  it("S-11, S-25: may write where its chart mounts something to write to", () => {
    expect(dockerfile).toContain("/out/app/data");
    expect(read("charts/server/templates/_helpers.tpl")).toContain('"mountPath" "/app/data"');
  });

  it("S-73, S-74, S-114, A-29: has a chart with at least 20 scenarios of structure and 11 of conditions", () => {
    const suites = readdirSync(path.join(ROOT, "charts/server/unittests")).map((file) =>
      read(`charts/server/unittests/${file}`),
    );
    const scenarios = suites.flatMap((text) => text.split(/^ {2}- it: /m).slice(1));
    expect(scenarios.length).toBeGreaterThanOrEqual(20);
    expect(scenarios.filter((text) => /^ {4}set:/m.test(text)).length).toBeGreaterThanOrEqual(11);
  });
});

describe("yab", () => {
  it("Y-24, Y-60, X-08: has a chart for the API and each site, and none for a worker", () => {
    const charts = readdirSync(path.join(ROOT, "charts"));
    expect(charts).toEqual(expect.arrayContaining(["admin", "api", "web"]));
    expect(charts).not.toContain("worker");
    for (const chart of ["admin", "api", "web"]) {
      expect(
        readdirSync(path.join(ROOT, "charts", chart, "templates")).filter((file) => file.includes("worker")),
      ).toEqual([]);
    }
  });

  it.each(["admin", "api", "web"])("Y-38: says in the README of %s what each probe asks", (chart) => {
    const section = /^## Probes\n([\s\S]*?)^## /m.exec(read(`charts/${chart}/README.md`))?.[1] ?? "";
    const asked = Object.values(probes.parse(parse(read(`charts/${chart}/values.yaml`))).probes).map(
      (probe) => probe.path,
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((each) => !section.includes(`\`${each}\``))).toEqual([]);
  });

  it("Y-50, Y-51, Y-56: takes database and Redis from the Secret api-env, and says so, without bringing a Redis along", () => {
    const secrets = registry.parse(parse(read("deploy/config/yab.yaml"))).filter(({ kind }) => kind === "secret");
    expect(secrets.map(({ name }) => name).sort()).toEqual(["DATABASE_URL", "REDIS_URL"]);
    const readme = read("charts/api/README.md");
    expect(secrets.filter(({ name }) => !new RegExp(`^\\| \`${name}\``, "m").test(readme))).toEqual([]);
    expect(parse(read("charts/api/values.yaml"))).toMatchObject({ existingSecret: "api-env" });
    const { dependencies } = chartFile.parse(parse(read("charts/api/Chart.yaml")));
    expect(dependencies.map(({ name }) => name)).toEqual(["common", "postgresql"]);
  });
});

describe("deploy/observability/kube-prometheus-stack.yaml", () => {
  const text = read("deploy/observability/kube-prometheus-stack.yaml");
  const peers = z.array(z.object({ namespaceSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }));
  const namespaceOf = (found: unknown) => peers.parse(found)[0]?.namespaceSelector.matchLabels[NAMESPACE_LABEL];

  it("Y-63: lets Prometheus take the monitors and rules of every release, and shows Grafana to nobody outside", () => {
    const spec = Object.fromEntries(
      ["serviceMonitor", "podMonitor", "rule"].map((kind) => [`${kind}SelectorNilUsesHelmValues`, false]),
    );
    expect(parse(text)).toMatchObject({
      prometheus: { prometheusSpec: spec },
      grafana: { ingress: { enabled: false } },
    });
  });

  it("Y-63, Y-66: is installed into the namespace that the policies of API and base let in", () => {
    const namespace = /^#.* --namespace (\S+)/m.exec(text)?.[1];
    const policy = z.object({ spec: z.object({ ingress: z.array(z.object({ from: z.unknown() })) }) });
    const base = policy.parse(parse(read("deploy/base/network-policies/allow-observability.yaml")));
    const chart = z.object({ networkPolicy: z.object({ prometheus: z.object({ peers: z.unknown() }) }) });
    const own = chart.parse(parse(read("charts/api/values.yaml")));
    expect(namespace).toBe("observability");
    expect(namespaceOf(base.spec.ingress[0]?.from)).toBe(namespace);
    expect(namespaceOf(own.networkPolicy.prometheus.peers)).toBe(namespace);
  });
});

describe("the repository", () => {
  it("S-106: checks the types of its tests as strictly as those of its sources", () => {
    const shape = z.object({ compilerOptions: z.object({ strict: z.boolean() }), include: z.array(z.string()) });
    const config = shape.parse(JSON.parse(read("tsconfig.json")));
    expect(config.compilerOptions.strict).toBe(true);
    expect(config.include).toEqual(expect.arrayContaining(["src", "test"]));
  });
});

/** Holds what cruvero's chart renders, for every environment, to what Cruvero asks of it. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { Charts } from "../support/charts.ts";
import {
  CHART,
  componentOf,
  CruveroChart,
  ENVIRONMENTS,
  find,
  HELMS,
  kindsOf,
  type Manifest,
  SERVICES,
} from "./cruvero-chart.ts";
import { containersOf, environmentOf, podsOf } from "./cruvero-pods.ts";

let chart: CruveroChart;

beforeAll(async () => {
  chart = await CruveroChart.open();
});

afterAll(() => {
  chart.remove();
});

/** What a Deployment always comes with. */
const ALWAYS = ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"];

function byName(manifests: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(manifests.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
}

describe.each(HELMS)("with %s", (helm) => {
  it("X-18, C-10, C-53: lints strictly and renders without any values", () => {
    expect(chart.run("lint", ["--strict"], helm)).toMatchObject({ status: 0 });
    expect(chart.render([], helm).length).toBeGreaterThan(30);
  });

  it.each(ENVIRONMENTS)("C-11, C-53: lints strictly for %s", (environment) => {
    expect(chart.run("lint", ["--strict", ...chart.overlay(environment)], helm)).toMatchObject({ status: 0 });
  });
});

it.each(ENVIRONMENTS)("C-11: renders the same objects for %s with both lines of helm, each once", (environment) => {
  const [three, four] = HELMS.map((helm) => chart.renderFor(environment, [], helm));
  expect(byName(four ?? [])).toEqual(byName(three ?? []));
  expect(Object.keys(byName(three ?? []))).toHaveLength(three?.length ?? 0);
});

it.each(ENVIRONMENTS)("renders the same for an upgrade in %s, but for the migrator", (environment) => {
  const others = (words: readonly string[]) =>
    byName(chart.renderFor(environment, words).filter((each) => componentOf(each) !== "migrator"));
  expect(others(["--is-upgrade"])).toEqual(others([]));
});

describe.each(ENVIRONMENTS)("for %s", (environment) => {
  const isDev = environment === "dev";
  const monitors = isDev ? [] : ["ServiceMonitor"];
  const entry = isDev ? [] : ["Ingress"];

  it("C-16: runs the worker as a Deployment without a Service", () => {
    const podMonitor = isDev ? [] : ["PodMonitor"];
    expect(kindsOf(chart.renderFor(environment), "worker")).toEqual([...ALWAYS, ...podMonitor].sort());
  });

  it("C-17: runs the API as a Deployment behind a Service that selects its pods", () => {
    const manifests = chart.renderFor(environment);
    const rule = isDev ? [] : ["PrometheusRule"];
    expect(kindsOf(manifests, "api")).toEqual([...ALWAYS, ...rule, "Service", ...monitors].sort());
    const [pod] = podsOf(manifests).filter(({ component }) => component === "api");
    expect(pod?.labels).toMatchObject(selectorOf(find(manifests, "Service", "api")));
  });

  it("C-18, C-28, X-29: runs the frontend behind a Service, which alone has an Ingress", () => {
    const manifests = chart.renderFor(environment);
    expect(kindsOf(manifests, "ui")).toEqual([...ALWAYS, "Service", ...monitors, ...entry].sort());
    const entries = manifests.filter(({ kind }) => kind === "Ingress" || kind === "HTTPRoute");
    expect(entries.map(componentOf)).toEqual(isDev ? [] : ["ui"]);
  });

  it.each(["graph-worker", "embed-worker"])(
    "C-19, C-20: runs %s as a Deployment and nothing that leads to it",
    (component) => {
      expect(kindsOf(chart.renderFor(environment), component)).toEqual(ALWAYS);
    },
  );

  it("C-21, A-09: runs the migrator as a hook, or beside the database that the same install brings", () => {
    const job = find(chart.renderFor(environment), "Job", "migrator");
    expect(job.metadata.annotations?.["helm.sh/hook"]).toBe(isDev ? undefined : "pre-install,pre-upgrade");
    const upgrade = find(chart.renderFor(environment, ["--is-upgrade"]), "Job", "migrator");
    expect(upgrade.metadata.annotations).toMatchObject({
      "helm.sh/hook": "pre-install,pre-upgrade",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
      "helm.sh/hook-weight": "-5",
    });
  });

  it("C-24, C-25, A-03: probes by HTTP only what serves HTTP", () => {
    const handlers = containersOf(chart.renderFor(environment))
      .filter(({ component }) => SERVICES.some((name) => name === component))
      .map(({ component, container }) => {
        const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
        return [
          component,
          probes.map((probe) => Object.keys(probe ?? {}).find((key) => key === "httpGet" || key === "exec")),
        ];
      });
    expect(Object.fromEntries(handlers)).toEqual({
      api: ["httpGet", "httpGet", "httpGet"],
      "embed-worker": ["exec", "exec", "exec"],
      "graph-worker": ["exec", "exec", "exec"],
      ui: ["httpGet", "httpGet", "httpGet"],
      worker: ["httpGet", "httpGet", "httpGet"],
    });
  });

  it("C-26: runs every container without root, privileges and a root file system to write to", () => {
    const containers = containersOf(chart.renderFor(environment));
    expect(containers.map(({ component }) => component)).toEqual(
      expect.arrayContaining([...SERVICES, "migrator", "test"]),
    );
    for (const { pod, container } of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsGroup: 10001,
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    }
  });

  it("C-13, C-30: gives every component exactly the keys of the registry", () => {
    const registry = z
      .array(
        z.looseObject({ name: z.string(), components: z.array(z.string()), kind: z.string(), required: z.boolean() }),
      )
      .parse(parse(readFileSync(path.join(CHART, "files/config-keys.yaml"), "utf8")));
    const manifests = chart.renderFor(environment);
    for (const component of [...SERVICES, "migrator"]) {
      const program = component === "migrator" ? "migrate" : component;
      const keys = registry.filter(({ components }) => components.includes(program));
      const variables = environmentOf(manifests, component);
      // Every optional secret is configured in all three environments.
      const parts = isDev && keys.some(({ name }) => name === "DATABASE_URL") ? ["DATABASE_PASSWORD"] : [];
      expect([...variables.keys()].sort(), component).toEqual([...keys.map(({ name }) => name), ...parts].sort());
      const missing = keys.filter(({ name, required }) => required && variables.get(name)?.value === "");
      expect(missing, component).toEqual([]);
    }
  });

  it("C-27, C-31: takes every credential from a Secret, and renders none", () => {
    const manifests = chart.renderFor(environment);
    expect(manifests.filter(({ kind }) => kind === "Secret")).toEqual([]);
    for (const component of [...SERVICES, "migrator"]) {
      for (const [name, { from }] of environmentOf(manifests, component)) {
        const isSecret = /PASSWORD|TOKEN|KEY$|^DATABASE_URL$/.test(name);
        const isAddress = isDev && name === "DATABASE_URL";
        expect([component, name, from]).toEqual([
          component,
          name,
          isAddress ? "literal" : isSecret ? "Secret" : "ConfigMap",
        ]);
      }
    }
    const address = environmentOf(manifests, "api").get("DATABASE_URL")?.value;
    expect(address).toBe(isDev ? "postgres://cruvero:$(DATABASE_PASSWORD)@cruvero-postgresql:5432/cruvero" : undefined);
  });

  it("C-29, C-38, C-40: renders no other kinds than those that belong to it", () => {
    const kinds = new Set(chart.renderFor(environment).map(({ kind }) => kind));
    const common = [
      "ConfigMap",
      "Deployment",
      "Job",
      "NetworkPolicy",
      "Pod",
      "PodDisruptionBudget",
      "Service",
      "ServiceAccount",
    ];
    const own = isDev ? ["StatefulSet"] : ["Ingress", "PodMonitor", "PrometheusRule", "ServiceMonitor"];
    expect([...kinds].sort()).toEqual([...common, ...own].sort());
  });

  it("C-32, C-33, C-34, C-35: brings services along in dev alone", () => {
    const stateful = chart
      .renderFor(environment)
      .filter(({ kind }) => kind === "StatefulSet")
      .map(componentOf);
    expect(stateful.sort()).toEqual(isDev ? ["dragonfly", "nats", "postgresql", "qdrant"] : []);
  });

  it("C-36: hands on the address of Temporal, and never brings it along", () => {
    const address = environmentOf(chart.renderFor(environment), "worker").get("TEMPORAL_ADDRESS")?.value;
    expect(address).toBe(isDev ? "" : `temporal.${environment}.example.internal:7233`);
  });

  it("puts every object into the release's namespace, under labels that say whose it is", () => {
    for (const { kind, metadata } of chart.renderFor(environment)) {
      expect([kind, metadata.name, metadata.namespace]).toEqual([kind, metadata.name, "store"]);
      expect(metadata.labels).toMatchObject({
        "app.kubernetes.io/instance": "cruvero",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": "cruvero",
      });
    }
  });

  it("gives no pod a label that changes with a version, which would restart it for nothing", () => {
    const running = podsOf(chart.renderFor(environment)).filter(({ component }) => component !== "test");
    const labels = running.flatMap((pod) => Object.entries(pod.labels));
    expect(labels.filter(([key, value]) => /chart|version/.test(key) || value.includes("0.1.0"))).toEqual([]);
    expect(running.length).toBeGreaterThan(5);
  });
});

it("C-32, C-33, C-34, C-35, A-05: depends on charts of this repository alone, each on a condition", () => {
  const file = z.looseObject({ dependencies: z.array(z.record(z.string(), z.string())) });
  const { dependencies } = file.parse(parse(readFileSync(path.join(CHART, "Chart.yaml"), "utf8")));
  const services = ["postgresql", "dragonfly", "qdrant", "nats"];
  expect(dependencies).toEqual([
    { name: "common", version: "0.1.0", repository: "file://../common" },
    ...services.map((name) => {
      return { name, version: "0.1.0", repository: `file://../backing/${name}`, condition: `${name}.enabled` };
    }),
  ]);
});

it("C-37, C-54: builds its dependencies without a network, and only those that Chart.lock names", async () => {
  const environment = {
    ...process.env,
    HTTPS_PROXY: "http://127.0.0.1:9",
    HTTP_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "",
  };
  const sources = await Charts.copySource("common", "cruvero", "backing");
  const own = sources.at("cruvero");
  const build = () =>
    spawnSync(sources.program("helm"), ["dependency", "build", own], { encoding: "utf8", env: environment });
  try {
    expect(build()).toMatchObject({ status: 0 });
    expect(readdirSync(path.join(own, "charts"))).toHaveLength(5);
    const file = path.join(own, "Chart.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("condition: nats.enabled", "condition: nats.enabled\n    alias: bus"));
    const { status, stderr } = build();
    expect(status).not.toBe(0);
    expect(stderr).toContain("Chart.lock");
  } finally {
    sources.remove();
  }
});

it.each(["api", "embedWorker", "graphWorker", "migrator", "ui", "worker"])(
  "C-05, C-15: lets %s have its own image, resources, environment and number of pods, and be off",
  (key) => {
    const component = key.replace("Worker", "-worker");
    const set = (...changes: readonly string[]) => changes.flatMap((change) => ["--set-json", `${key}.${change}`]);
    const own = set(
      'image={"registry":"r","repository":"x","tag":"1"}',
      'resources={"limits":{"cpu":"7"}}',
      'config={"LOG_LEVEL":"error"}',
    );
    const replicas = key === "migrator" ? [] : set("replicas=7");
    const extra = set(
      'extraEnv=[{"name":"X","value":"y"}]',
      'extraEnvFrom=[{"secretRef":{"name":"more"}}]',
      ...(key === "migrator" ? [] : ['extraPorts=[{"name":"more","containerPort":9999}]']),
    );
    const words = [...own, ...replicas, ...extra];
    const manifests = chart.render(words);
    const [found] = containersOf(manifests).filter((each) => each.component === component);
    expect(found?.container).toMatchObject({ image: "r/x:1", resources: { limits: { cpu: "7", memory: "128Mi" } } });
    expect(found?.container.envFrom).toContainEqual({ secretRef: { name: "more" } });
    const ports = expect(found?.container.ports ?? []);
    if (key === "migrator") ports.toEqual([]);
    else ports.toContainEqual(expect.objectContaining({ name: "more", containerPort: 9999 }));
    const variables = environmentOf(manifests, component);
    expect([variables.get("LOG_LEVEL")?.value, variables.get("X")?.value]).toEqual(["error", "y"]);
    if (key !== "migrator") expect(find(manifests, "Deployment", component).spec).toMatchObject({ replicas: 7 });
    const without = chart.render([...set("enabled=false"), "--set", "ui.config.API_URL=http://elsewhere:80"]);
    expect(kindsOf(without, component)).toEqual([]);
  },
);

it("passes the tests that the chart carries", () => {
  const { status, stdout, stderr } = chart.test("unittests/*_test.yaml");
  const failed = stdout.split("\n").filter((line) => !/^\s*$| PASS /.test(line));
  expect(`${failed.join("\n")}${stderr}`).toMatch(/Tests: +(\d{3,}) passed, \1 total/);
  expect(status).toBe(0);
}, 300_000);

it("fails the tests that the chart carries where it is not as it was", async () => {
  const other = await CruveroChart.copy();
  try {
    const values = path.join(other.path, "values.yaml");
    writeFileSync(
      values,
      readFileSync(values, "utf8").replace("terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 31"),
    );
    const { status, stdout } = other.test("unittests/snapshot_test.yaml");
    expect(stdout).toMatch(
      /Expected to match snapshot[^]*-\s+terminationGracePeriodSeconds: 30[^]*\+\s+terminationGracePeriodSeconds: 31/,
    );
    expect(status).toBe(1);
  } finally {
    other.remove();
  }
});

it.each([
  { changed: "api.config.QUOTA_LIMIT=7", rolled: ["api"] },
  { changed: "defaults.config.LOG_LEVEL=debug", rolled: [...SERVICES, "migrator"] },
  { changed: "external.nats.url=nats://other:4222", rolled: ["api", "embed-worker", "graph-worker", "worker"] },
  { changed: "secrets.CACHE_PASSWORD.value=x", rolled: ["api"] },
  { changed: "monitoring.prometheusRule.for=7m", rolled: [] },
])("rolls just the pods that read what changes with $changed", ({ changed, rolled }) => {
  const templates = (words: readonly string[]) =>
    new Map(
      podsOf(chart.render(words)).map(({ component, annotations }) => [component, annotations["checksum/config"]]),
    );
  const [before, after] = [templates([]), templates(["--set-string", changed])];
  expect([...before.keys()].filter((name) => before.get(name) !== after.get(name)).sort()).toEqual([...rolled].sort());
});

function selectorOf(service: Manifest): Record<string, string> {
  return z.looseObject({ selector: z.record(z.string(), z.string()) }).parse(service.spec).selector;
}

/** Renders the charts api, web and admin as the pipeline does, and holds them to what their requirements say of all three. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { schemaLocations } from "../../src/charts/kubernetes-schemas.ts";
import { Charts } from "../support/charts.ts";
import { hostSchemas, hostTool } from "../support/host-tools.ts";
import { documentsOf } from "../support/yaml-documents.ts";
import { ENVIRONMENTS, type Helm, HELMS, leavesOf, ROOT } from "./cruvero-chart.ts";

const CHARTS = ["api", "web", "admin"] as const;
const DIGEST = `image.digest=sha256:${"a".repeat(64)}`;
/** What only a backend has. */
const OF_THE_API = [
  ...["_migrate.tpl", "migrate-job.yaml", "migrate-networkpolicy.yaml", "migrate-serviceaccount.yaml"],
  ...["prometheusrule.yaml", "servicemonitor.yaml"],
];
const MANIFEST = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), labels: z.record(z.string(), z.string()) }),
});
/** Nothing of it is made here; schemas of some custom resource are always made. */
const GATEWAY = { module: "sigs.k8s.io/gateway-api", version: "v1.4.1", path: "config/crd/standard" };
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const TERM = z.looseObject({ labelSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }) });
const EXAMPLES = z.object({
  affinity: z.object({
    podAntiAffinity: z.object({ [REQUIRED]: z.array(TERM).nonempty() }),
  }),
  topologySpreadConstraints: z.array(TERM).nonempty(),
});

let charts: Charts;
let kubeconform: string;
let validation: string[];

beforeAll(async () => {
  charts = await Charts.open();
  kubeconform = await hostTool("kubeconform");
  const { kubernetes, custom } = await hostSchemas(["1.36.0"], [GATEWAY]);
  const locations = schemaLocations(kubernetes, custom).flatMap((each) => ["-schema-location", each]);
  validation = ["-strict", "-kubernetes-version", "1.36.0", ...locations];
});

afterAll(() => {
  charts.remove();
});

function text(chart: string, words: readonly string[], helm: Helm = "helm"): string {
  return charts.text(helm, ["template", `yab-${chart}`, charts.at(chart), "--namespace", "apps", ...words]);
}

function render(chart: string, words: readonly string[], helm: Helm = "helm"): z.infer<typeof MANIFEST>[] {
  return documentsOf(text(chart, words, helm)).map((document) => MANIFEST.parse(document));
}

function overlay(chart: string, environment: string): string[] {
  return ["--values", path.join(charts.at(chart), `values-${environment}.yaml`), "--set-string", DIGEST];
}

function valuesOf(chart: string, file = "values.yaml"): unknown {
  return parse(readFileSync(path.join(ROOT, "charts", chart, file), "utf8"));
}

/** An example that values.yaml has as comments below a value that is empty, without their signs. */
function exampleOf(chart: string, key: string): string {
  const values = readFileSync(path.join(ROOT, "charts", chart, "values.yaml"), "utf8");
  const [, example] = new RegExp(`^${key}: (?:\\{\\}|\\[\\])\\n((?:# .*\\n)+)`, "m").exec(values) ?? [];
  if (example === undefined) throw new Error(`${chart}: there is no example below ${key}`);
  return `${key}:\n${example.replaceAll(/^#/gm, "")}`;
}

describe("charts/api", () => {
  it("Y-26: has a database of its own just where it and the database are enabled", () => {
    const databases = (words: readonly string[]) =>
      render("api", words).filter(({ metadata }) => metadata.labels["app.kubernetes.io/name"] === "postgresql").length;
    expect(databases(["--set", "postgresql.enabled=true"])).toBe(6);
    expect(databases(["--set", "postgresql.enabled=false"])).toBe(0);
    expect(databases(["--set", "postgresql.enabled=true", "--set", "enabled=false"])).toBe(0);
  });

  it("Y-27: has the default values of the sheet, exactly", () => {
    const shape = z.object({
      enabled: z.boolean(),
      image: z.object({ repository: z.string(), tag: z.string(), pullPolicy: z.string() }),
      replicaCount: z.number(),
      resources: z.unknown(),
      ingress: z.object({
        enabled: z.boolean(),
        host: z.string(),
        path: z.string(),
        className: z.string(),
        tls: z.boolean(),
      }),
      autoscaling: z.unknown(),
    });
    expect(shape.parse(valuesOf("api"))).toEqual({
      enabled: true,
      // The name is the sheet's example, which nothing pulls.
      image: { repository: ["ghcr.io", "yourorg/api"].join("/"), tag: "sha-<gitsha>", pullPolicy: "IfNotPresent" },
      replicaCount: 2,
      resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
      ingress: { enabled: true, host: "api.local.dev", path: "/", className: "nginx", tls: false },
      autoscaling: { enabled: false, minReplicas: 2, maxReplicas: 6, targetCPUUtilizationPercentage: 70 },
    });
  });
});

describe.each(CHARTS)("charts/%s", (chart) => {
  it("Y-25, Y-34: has the templates of the pattern", () => {
    const listed = (name: string) => readdirSync(path.join(ROOT, "charts", name, "templates")).sort();
    expect(listed(chart)).toEqual(listed("api").filter((file) => chart === "api" || !OF_THE_API.includes(file)));
    expect(listed(chart)).toEqual(
      expect.arrayContaining(["_helpers.tpl", "deployment.yaml", "ingress.yaml", "service.yaml"]),
    );
  });

  it("Y-29, Y-97: renders without any value", () => {
    const kinds = render(chart, []).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["Deployment", "Service", "Ingress"]));
  });

  it.each(HELMS)("Y-26: renders nothing where it is disabled, with any overlay, with %s", (helm) => {
    expect(render(chart, ["--set", "enabled=false"], helm)).toEqual([]);
    for (const env of ENVIRONMENTS) {
      const words = overlay(chart, env);
      expect(render(chart, words, helm).length).toBeGreaterThan(5);
      expect(render(chart, [...words, "--set", "enabled=false"], helm)).toEqual([]);
    }
  });

  it.each(ENVIRONMENTS)(
    "Y-18, Y-30, Y-75: renders %s with its labels, in its namespace, and no image by latest",
    (env) => {
      const manifests = render(chart, overlay(chart, env));
      for (const { metadata } of manifests) {
        expect(metadata.namespace).toBe("apps");
        expect(metadata.labels["app.kubernetes.io/component"]).toBeDefined();
        const isOwn = metadata.labels["app.kubernetes.io/name"] === chart;
        if (isOwn) expect(metadata.labels["app.kubernetes.io/part-of"]).toBe("yetanotherboilerplate");
      }
      const kinds = manifests.map(({ kind }) => kind);
      expect(kinds).toContain("PodDisruptionBudget");
      expect(kinds).not.toContain("ClusterRole");
      expect(text(chart, overlay(chart, env))).not.toMatch(/image: .*:latest/);
    },
  );

  it.each(ENVIRONMENTS)("renders %s the same with both lines of helm", (env) => {
    const [three, four] = HELMS.map((helm) => render(chart, overlay(chart, env), helm));
    expect(three?.length).toBeGreaterThan(0);
    expect(three).toEqual(four);
  });

  it.each(["staging", "prod"])("Y-43, Y-47: has TLS by the issuer of %s", (env) => {
    const ingress = render(chart, overlay(chart, env)).find(({ kind }) => kind === "Ingress");
    expect(ingress).toMatchObject({
      metadata: { annotations: { "cert-manager.io/cluster-issuer": `letsencrypt-${env}` } },
      spec: { tls: [{ secretName: `${chart}-tls` }] },
    });
  });

  it.each(ENVIRONMENTS)("has an overlay for %s that says nothing that the defaults say", (env) => {
    const defaults = leavesOf(valuesOf(chart));
    const overlaid = leavesOf(valuesOf(chart, `values-${env}.yaml`));
    expect([...overlaid].filter(([key, value]) => defaults.get(key) === value)).toEqual([]);
  });

  it("Y-59: has examples of anti-affinity and spread that render as they stand, and mean its own pods", () => {
    const examples = EXAMPLES.parse(
      parse(
        Object.keys(EXAMPLES.shape)
          .map((key) => exampleOf(chart, key))
          .join(""),
      ),
    );
    const words = Object.entries(examples).flatMap(([key, value]) => ["--set-json", `${key}=${JSON.stringify(value)}`]);
    const deployment = render(chart, words).find(({ kind }) => kind === "Deployment");
    expect(deployment).toMatchObject({ spec: { template: { spec: examples } } });
    const { affinity, topologySpreadConstraints: spread } = examples;
    for (const { labelSelector } of [...affinity.podAntiAffinity[REQUIRED], ...spread]) {
      expect(deployment).toMatchObject({ spec: { template: { metadata: { labels: labelSelector.matchLabels } } } });
    }
    const answer = spawnSync(kubeconform, validation, { input: text(chart, words), encoding: "utf8" });
    expect(answer).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  it("passes the tests that the chart carries", () => {
    const words = ["--strict", "--file", "unittests/*_test.yaml", charts.at(chart)];
    const { status, stdout, stderr } = charts.ask("helm-unittest", words);
    const failed = stdout.split("\n").filter((line) => !/^\s*$| PASS /.test(line));
    expect(`${failed.join("\n")}${stderr}`).toMatch(/Tests: +(\d{2,}) passed, \1 total/);
    expect(status).toBe(0);
  }, 60_000);
});

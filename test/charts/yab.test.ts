/** Renders the charts api, web and admin as the pipeline does, and holds them to what their requirements say of all three. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

import { hostTool } from "../support/host-tools.ts";
import { ENVIRONMENTS, HELMS, leavesOf, ROOT } from "./cruvero-chart.ts";

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

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "slipway-yab-"));
  cpSync(path.join(ROOT, "charts"), folder, { recursive: true });
  const helm = await hostTool("helm");
  for (const chart of CHARTS)
    execFileSync(helm, ["dependency", "build", path.join(folder, chart)], { stdio: "ignore" });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function text(chart: string, words: readonly string[], helm: "helm" | "helm-4" = "helm"): Promise<string> {
  const given = ["template", `yab-${chart}`, path.join(folder, chart), "--namespace", "apps", ...words];
  return execFileSync(await hostTool(helm), given, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

async function render(
  chart: string,
  words: readonly string[],
  helm: "helm" | "helm-4" = "helm",
): Promise<z.infer<typeof MANIFEST>[]> {
  return parseAllDocuments(await text(chart, words, helm)).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [MANIFEST.parse(value)];
  });
}

function overlay(chart: string, environment: string): string[] {
  return ["--values", path.join(folder, chart, `values-${environment}.yaml`), "--set-string", DIGEST];
}

function valuesOf(chart: string, file = "values.yaml"): unknown {
  return parse(readFileSync(path.join(ROOT, "charts", chart, file), "utf8"));
}

describe("charts/api", () => {
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

  it("Y-29, Y-97: renders without any value", async () => {
    const kinds = (await render(chart, [])).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["Deployment", "Service", "Ingress"]));
  });

  it("Y-26: renders nothing where it is disabled", async () => {
    expect(await render(chart, ["--set", "enabled=false"])).toEqual([]);
  });

  it.each(ENVIRONMENTS)(
    "Y-18, Y-30, Y-75: renders %s with its labels, in its namespace, and no image by latest",
    async (env) => {
      const manifests = await render(chart, overlay(chart, env));
      for (const { metadata } of manifests) {
        expect(metadata.namespace).toBe("apps");
        expect(metadata.labels["app.kubernetes.io/component"]).toBeDefined();
        const isOwn = metadata.labels["app.kubernetes.io/name"] === chart;
        if (isOwn) expect(metadata.labels["app.kubernetes.io/part-of"]).toBe("yetanotherboilerplate");
      }
      const kinds = manifests.map(({ kind }) => kind);
      expect(kinds).toContain("PodDisruptionBudget");
      expect(kinds).not.toContain("ClusterRole");
      expect(await text(chart, overlay(chart, env))).not.toMatch(/image: .*:latest/);
    },
  );

  it.each(ENVIRONMENTS)("renders %s the same with both lines of helm", async (env) => {
    const [three, four] = await Promise.all(HELMS.map((helm) => render(chart, overlay(chart, env), helm)));
    expect(three).toEqual(four);
  });

  it.each(["staging", "prod"])("Y-43, Y-47: has TLS by the issuer of %s", async (env) => {
    const ingress = (await render(chart, overlay(chart, env))).find(({ kind }) => kind === "Ingress");
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

  it("passes the tests that the chart carries", async () => {
    const words = ["--strict", "--file", "unittests/*_test.yaml", path.join(folder, chart)];
    const { status, stdout, stderr } = spawnSync(await hostTool("helm-unittest"), words, { encoding: "utf8" });
    const failed = stdout.split("\n").filter((line) => !/^\s*$| PASS /.test(line));
    expect(`${failed.join("\n")}${stderr}`).toMatch(/Tests: +(\d{2,}) passed, \1 total/);
    expect(status).toBe(0);
  }, 60_000);
});

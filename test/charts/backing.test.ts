/** Holds the charts of the backing services to what their images need and to what an upgrade can bear. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { Charts } from "../support/charts.ts";
import { documentsOf } from "../support/yaml-documents.ts";

const NAMES = ["postgresql", "dragonfly", "qdrant", "nats", "redis"] as const;

const labels = z.record(z.string(), z.string());
const probe = z.looseObject({
  exec: z.object({ command: z.array(z.string()) }).optional(),
  httpGet: z.object({ path: z.string(), port: z.string() }).optional(),
  tcpSocket: z.object({ port: z.string() }).optional(),
});
const container = z.looseObject({
  image: z.string(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number(), protocol: z.string() })),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const statefulSet = z.looseObject({
  kind: z.literal("StatefulSet"),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    serviceName: z.string(),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.looseObject({ labels }),
      spec: z.looseObject({ containers: z.tuple([container]), volumes: z.array(z.looseObject({ name: z.string() })) }),
    }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.object({ name: z.string(), labels }) })).optional(),
  }),
});
const object = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

let charts: Charts;

beforeAll(async () => {
  charts = await Charts.copy("backing");
});

afterAll(() => {
  charts.remove();
});

function chart(name: string): string {
  return charts.at(`backing/${name}`);
}

/** Renders a chart as release `shop` in namespace `store`. */
function render(name: string, ...words: string[]) {
  const text = charts.text("helm", ["template", "shop", chart(name), "--namespace", "store", ...words]);
  return documentsOf(text).map((document) => object.parse(document));
}

function statefulSetOf(name: string, ...words: string[]) {
  return statefulSet.parse(render(name, ...words).find(({ kind }) => kind === "StatefulSet"));
}

describe.each(NAMES)("charts/backing/%s", (name) => {
  it("C-31, X-18: renders without any values, and makes no Secret", () => {
    expect(
      render(name)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual([
      ...(name === "nats" ? ["ConfigMap"] : []),
      ...["NetworkPolicy", "PodDisruptionBudget", "Service", "Service", "ServiceAccount", "StatefulSet"],
    ]);
  });

  it("renders nothing where it is disabled", () => {
    const extra = '[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}]';
    const more = ["--set-json", `extraObjects=${extra}`];
    expect(render(name, ...more).length).toBeGreaterThan(6);
    expect(render(name, ...more, "--set", "enabled=false")).toEqual([]);
  });

  it("asks something else for liveness than for the rest, of a port that the container names", () => {
    const { startupProbe, readinessProbe, livenessProbe, ports } = statefulSetOf(name).spec.template.spec.containers[0];
    const question = ({ exec, httpGet, tcpSocket }: z.infer<typeof probe>) =>
      JSON.stringify([exec, httpGet, tcpSocket]);
    expect(question(livenessProbe)).not.toBe(question(readinessProbe));
    expect(question(livenessProbe)).not.toBe(question(startupProbe));
    const asked = [startupProbe, readinessProbe, livenessProbe].flatMap(({ httpGet, tcpSocket }) => {
      return httpGet?.port ?? tcpSocket?.port ?? [];
    });
    expect(ports.map((port) => port.name)).toEqual(expect.arrayContaining(asked));
  });

  it("mounts every volume that it has, and no other", () => {
    for (const persistence of ["true", "false"]) {
      const { spec } = statefulSetOf(name, "--set", `persistence.enabled=${persistence}`);
      const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
      const volumes = [...claims, ...spec.template.spec.volumes.map((volume) => volume.name)];
      const mounted = spec.template.spec.containers[0].volumeMounts.map((mount) => mount.name);
      expect([...mounted].sort()).toEqual([...volumes].sort());
      expect(claims).toEqual(persistence === "true" ? ["data"] : []);
    }
  });

  it("changes nothing that cannot be changed, and restarts nothing, when only its version changes", () => {
    const before = statefulSetOf(name).spec;
    const file = path.join(chart(name), "Chart.yaml");
    const text = readFileSync(file, "utf8");
    try {
      writeFileSync(
        file,
        text.replace(/^version: .*$/m, "version: 7.8.9").replace(/^appVersion: .*$/m, 'appVersion: "7"'),
      );
      const after = statefulSetOf(name).spec;
      expect(after).toEqual(before);
      expect(render(name, "--set", "podLabels.team=a")).not.toEqual(render(name));
    } finally {
      writeFileSync(file, text);
    }
  });

  it("selects its pods by labels that the pods have, through a headless Service of the name that it gives", () => {
    const { spec } = statefulSetOf(name);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.selector.matchLabels).toEqual({
      "app.kubernetes.io/component": name,
      "app.kubernetes.io/instance": "shop",
      "app.kubernetes.io/name": name,
    });
    const headless = render(name).find(
      ({ kind, metadata }) => kind === "Service" && metadata.name === spec.serviceName,
    );
    expect(headless).toMatchObject({ spec: { clusterIP: "None", selector: spec.selector.matchLabels } });
  });

  it("passes the tests that it carries", () => {
    const words = ["--strict", "--file", "unittests/*_test.yaml", chart(name)];
    const { status, stdout, stderr } = charts.ask("helm-unittest", words);
    expect(`${stdout}${stderr}`).toMatch(/^Tests: +(\d{2,}) passed, \1 total$/m);
    expect(status).toBe(0);
  });

  it("gives the same bytes twice", () => {
    const words = ["template", "shop", chart(name)];
    const once = () => execFileSync(charts.program("helm"), words, { encoding: "utf8" });
    expect(once()).toBe(once());
  });
});

describe("charts/backing/nats", () => {
  it("bounds JetStream by the volume, and by the limit of ephemeral storage where there is none", () => {
    const fileStore = (...words: string[]) => {
      const config = render("nats", ...words).find(({ kind }) => kind === "ConfigMap");
      const text = z.looseObject({ data: z.object({ "nats.conf": z.string() }) }).parse(config).data["nats.conf"];
      return Number(/max_file_store: (\d+)/.exec(text)?.[1]);
    };
    expect(fileStore("--set", "persistence.size=10Gi")).toBe(9 * 1024 ** 3);
    expect(fileStore("--set", "persistence.enabled=false")).toBe(Math.floor(0.9 * 1024 ** 3));
  });

  it("rolls the pod when the configuration changes, and only then", () => {
    const template = (...words: string[]) => statefulSetOf("nats", ...words).spec.template.metadata;
    expect(template("--set", "maxPayloadBytes=2048")).not.toEqual(template());
    expect(template("--set", "networkPolicy.clients={api}")).toEqual(template());
  });
});

/** Holds every value of cruvero's chart to having an effect: a value that changes nothing is a promise that nobody keeps. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

import { CHART, CruveroChart, leavesOf } from "./cruvero-chart.ts";

/** Values for parent charts and for helm. */
const WITHOUT_EFFECT = ["common", "enabled"];
const DEPENDENCIES = ["postgresql", "dragonfly", "qdrant", "nats"];

/** Values under which everything that is optional is there. */
const EVERYTHING = {
  defaults: { autoscaling: { enabled: true } },
  external: { qdrant: { url: "http://qdrant:6333" }, temporal: { address: "temporal:7233" } },
  networkPolicy: { ingressController: { peers: [{ podSelector: {} }] } },
  monitoring: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true }, prometheusRule: { enabled: true } },
  secrets: Object.fromEntries(
    ["CACHE_PASSWORD", "NATS_TOKEN", "QDRANT_API_KEY"].map((name) => [name, { existingSecret: "kept" }]),
  ),
  ui: {
    ingress: { enabled: true, hosts: ["a.example.com"], tls: { enabled: true, secretName: "cert" } },
    httpRoute: { enabled: true, parentRefs: [{ name: "gate" }], hostnames: ["a.example.com"] },
  },
};

/** Another value for what has a form of its own, by the last part of its path. */
const OTHERS: Readonly<Record<string, unknown>> = {
  digest: `sha256:${"b".repeat(64)}`,
  pullPolicy: "IfNotPresent",
  tag: "9.9.9",
  antiAffinity: "required",
  mode: "job",
  url: "https://other:1234",
  address: "other:1234",
  config: { LOG_LEVEL: "debug" },
  cpu: "77m",
  memory: "77Mi",
  "ephemeral-storage": "77Mi",
  tmpSize: "77Mi",
  minAvailable: 1,
  maxUnavailable: 2,
  interval: "77s",
  scrapeTimeout: "7s",
  for: "77m",
  extraEnv: [{ name: "X", value: "y" }],
  extraEnvFrom: [{ secretRef: { name: "x" } }],
  extraVolumes: [{ name: "x", emptyDir: {} }],
  extraVolumeMounts: [{ name: "x", mountPath: "/x" }],
  extraPorts: [{ name: "x", containerPort: 1, protocol: "TCP" }],
  extraIngress: [{ ports: [{ port: 1 }] }],
  extraEgress: [{ ports: [{ port: 1 }] }],
  extraObjects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }],
  podSecurityContext: { fsGroup: 7 },
  containerSecurityContext: { runAsUser: 7 },
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 7 }],
  options: [{ name: "ndots", value: "7" }],
  tolerations: [{ key: "x", operator: "Exists" }],
  peers: [{ ipBlock: { cidr: "10.9.9.0/24" } }],
  hosts: ["other.example.com"],
  hostnames: ["other.example.com"],
  parentRefs: [{ name: "other" }],
  imagePullSecrets: ["x"],
  pullSecrets: ["x"],
  clients: ["ui"],
};
const BY_PATH: Readonly<Record<string, unknown>> = {
  environment: "staging",
  "external.cache.url": "redis://other:1234",
  "external.nats.url": "nats://other:1234",
  "ui.ingress.tls.enabled": false,
};

let chart: CruveroChart;
let everything: string;

beforeAll(async () => {
  chart = await CruveroChart.open();
  everything = path.join(chart.path, "everything.yaml");
  writeFileSync(everything, stringify(EVERYTHING));
});

afterAll(() => {
  chart.remove();
});

function valuesOfTheChart(): [string, unknown][] {
  const leaves = leavesOf(parse(readFileSync(path.join(CHART, "values.yaml"), "utf8")));
  return [...leaves].map(([key, value]): [string, unknown] => [key, JSON.parse(value)]);
}

function otherThan(key: string, value: unknown): unknown {
  const last = key.split(".").at(-1) ?? "";
  if (Object.hasOwn(BY_PATH, key)) return BY_PATH[key];
  if (Object.hasOwn(OTHERS, last)) return OTHERS[last];
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return Number.isInteger(value) ? value + 1 : value * 2;
  if (typeof value === "string") return `${value}x`;
  return { x: "y" };
}

/** The render with other values, or why the chart refuses them. A value that the schema refuses would prove nothing. */
function renderWith(words: readonly string[]): Promise<string> {
  const given = ["template", "cruvero", chart.path, "--namespace", "store", ...words];
  return new Promise((resolve, reject) => {
    execFile(chart.program, given, { encoding: "utf8", maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (stderr.includes(": cruvero: ")) resolve(stderr);
      else reject(new Error(`${words.join(" ")}: ${stderr}`));
    });
  });
}

/** The values, of those given, that change the render with neither set of others. */
async function idle(entries: readonly [string, unknown][]): Promise<string[]> {
  const found: string[] = [];
  const bases = [["--values", everything], []];
  const plain = await Promise.all(bases.map(renderWith));
  const queue = [...entries];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [key, value] = next;
      const change = ["--set-json", `${key}=${JSON.stringify(otherThan(key, value))}`];
      let isIdle = true;
      for (let at = 0; at < bases.length && isIdle; at++) {
        isIdle = (await renderWith([...(bases[at] ?? []), ...change])) === plain[at];
      }
      if (isIdle) found.push(key);
    }
  };
  await Promise.all([work(), work(), work()]);
  return found.sort();
}

describe("values.yaml", () => {
  it("has no value that changes nothing", async () => {
    const own = valuesOfTheChart().filter(([key]) => !DEPENDENCIES.includes(key.split(".")[0] ?? ""));
    expect(own.length).toBeGreaterThan(120);
    expect(await idle(own)).toEqual(WITHOUT_EFFECT);
  }, 240_000);
});

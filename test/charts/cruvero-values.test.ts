/** Holds every value of cruvero's chart to having an effect: a value that changes nothing is a promise that nobody keeps. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

import { CHART, CruveroChart, leavesOf, type Rendered, type Values } from "./cruvero-chart.ts";

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

const EVERYTHING_FILE = "cruvero/everything.yaml";

let chart: CruveroChart;

beforeAll(async () => {
  chart = await CruveroChart.copy();
  writeFileSync(path.join(chart.path, "../", EVERYTHING_FILE), stringify(EVERYTHING));
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

/** What tells one render from another. A value that the schema refuses would prove nothing. */
function markOf({ values, setJson }: Values, { hash, refusal = "" }: Rendered): string {
  if (hash !== undefined) return hash;
  if (refusal.includes(": cruvero: ")) return refusal;
  throw new Error(`${[...values, ...setJson].join(" ")}: ${refusal}`);
}

/** The values, of those given, that change the render with neither set of others. */
function idle(entries: readonly [string, unknown][]): string[] {
  const bases: readonly Values[] = [
    { values: [EVERYTHING_FILE], setJson: [] },
    { values: [], setJson: [] },
  ];
  let found = entries;
  for (const base of bases) {
    const changed = found.map(([key, value]) => {
      return { ...base, setJson: [`${key}=${JSON.stringify(otherThan(key, value))}`] };
    });
    const asked = [base, ...changed];
    const [plain, ...marks] = chart.hashes(asked).map((answer, at) => markOf(asked[at] ?? base, answer));
    found = found.filter((_entry, at) => marks[at] === plain);
  }
  return found.map(([key]) => key).sort();
}

describe("what renders many values in one process", () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");

  it("renders the bytes that helm's own program prints", () => {
    const change = 'api.resources={"limits":{"cpu":"7"}}';
    const asked: Values[] = [
      { values: [], setJson: [] },
      { values: [EVERYTHING_FILE], setJson: [change] },
    ];
    const words = ["--values", path.join(chart.path, "../", EVERYTHING_FILE), "--set-json", change];
    expect(chart.hashes(asked)).toEqual([{ hash: hash(chart.text()) }, { hash: hash(chart.text(words)) }]);
  });

  it.each(['api.replicas="many"', "environment=prod", "api.nothing=1"])("refuses %s as helm does", (change) => {
    const [{ hash: made, refusal } = {}] = chart.hashes([{ values: [], setJson: [change] }]);
    const { status, output } = chart.run("template", ["--set-json", change]);
    expect([made, status]).toEqual([undefined, 1]);
    expect(output).toBe(`Error: ${refusal ?? ""}\n`);
  });
});

describe("values.yaml", () => {
  it("has no value that changes nothing", () => {
    const own = valuesOfTheChart().filter(([key]) => !DEPENDENCIES.includes(key.split(".")[0] ?? ""));
    expect(own.length).toBeGreaterThan(120);
    expect(idle(own)).toEqual(WITHOUT_EFFECT);
  }, 240_000);
});

/** Holds what a test cluster installs to what is shipped: the render with the values of an install against the one without. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { parseManifests, type Manifest } from "../../src/charts/manifest.ts";
import { differences, isFields } from "../../src/cluster/differences.ts";
import { installValues } from "../../src/cluster/install-values.ts";
import { checkPullPolicy } from "../../src/cluster/pull-policy.ts";
import type { ChartSpec } from "../../src/platform/chart-spec.ts";
import { ENVIRONMENTS, type Environment } from "../../src/platform/environments.ts";
import { type ImageLock, parseImageLock } from "../../src/platform/image-lock.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { Charts } from "../support/charts.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const { charts: specs } = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");
const lock = parseImageLock(read("deploy/images.lock.yaml"), "deploy/images.lock.yaml");
const DIGEST = `sha256:${"a".repeat(64)}`;

const CASES = specs.flatMap((spec) =>
  ENVIRONMENTS.filter((environment) => spec.environments[environment] !== undefined).map((environment) => ({
    ...{ chart: spec.name, spec, environment },
  })),
);

const STORES_VECTORS = [
  "ConfigMap cruvero-embed-worker: data.QDRANT_URL",
  "Deployment cruvero-embed-worker: spec.template.metadata.annotations.checksum/config",
  "NetworkPolicy cruvero-embed-worker: spec.egress",
];
/** What goes with Qdrant: its own objects where it is bundled, and what tells the one component that stores vectors of it. */
const WITHOUT_QDRANT = {
  dev: [
    "ConfigMap cruvero-embed-worker: data.QDRANT_URL",
    "Deployment cruvero-embed-worker: spec.template.metadata.annotations.checksum/config",
    "Deployment cruvero-embed-worker: spec.template.spec.containers[0].env",
    "NetworkPolicy cruvero-embed-worker: spec.egress",
    "NetworkPolicy cruvero-qdrant",
    "PodDisruptionBudget cruvero-qdrant",
    "Service cruvero-qdrant",
    "Service cruvero-qdrant-headless",
    "ServiceAccount cruvero-qdrant",
    "StatefulSet cruvero-qdrant",
  ],
  staging: STORES_VECTORS,
  prod: STORES_VECTORS,
};

let charts: Charts;
beforeAll(async () => {
  charts = await Charts.open();
});

/** Every leaf of a values file as helm's command line takes it. */
function settings(values: unknown, at = ""): string[] {
  if (!isFields(values)) return ["--set-json", `${at}=${JSON.stringify(values)}`];
  return Object.entries(values).flatMap(([key, value]) => settings(value, at === "" ? key : `${at}.${key}`));
}

function render(spec: ChartSpec, environment: Environment, overrides: string): Manifest[] {
  const folder = charts.at(path.relative("charts", spec.path));
  const overlays = (spec.environments[environment] ?? []).flatMap((file) => ["--values", path.join(folder, file)]);
  const digests = Object.values(spec.images).flatMap((value) => ["--set-string", `${value}.digest=${DIGEST}`]);
  const words = [...digests, ...overlays, ...settings(parse(overrides) ?? {})];
  const text = charts.text("helm", ["template", spec.release, folder, "--namespace", spec.namespace, ...words]);
  return parseManifests(text, `${spec.name} (${environment})`);
}

/** Objects by kind and name; a Job that is named by what is in it, without that part of its name. */
function byName(manifests: readonly Manifest[]): Map<string, Manifest> {
  const nameOf = ({ kind, name }: Manifest) => (kind === "Job" ? name.replace(/-[0-9a-f]{8}$/, "") : name);
  return new Map(manifests.map((each) => [`${each.kind} ${nameOf(each)}`, each]));
}

/** Where two renders differ: `Kind name: path` for each field, `Kind name` for an object that only one has. */
function changes(shipped: readonly Manifest[], installed: readonly Manifest[]): string[] {
  const [before, after] = [byName(shipped), byName(installed)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === undefined || now === undefined) return [name];
    return differences(old.body, now.body, "").map((field) => `${name}: ${field.slice(1)}`);
  });
}

/** What every install changes: that nothing is pulled, and by that the name of a Job that is named by what is in it. */
const ALWAYS = /^(?:.*\.(?:initC|c)ontainers\[\d+\]\.imagePullPolicy|Job \S+: metadata\.name)$/;

function beyond(spec: ChartSpec, environment: Environment, images: ImageLock): string[] {
  const installed = render(spec, environment, installValues(spec, images, environment).values);
  return changes(render(spec, environment, ""), installed)
    .filter((each) => !ALWAYS.test(each))
    .sort();
}

describe("the values of an install in a test cluster", () => {
  it.each(CASES)("say of $chart in $environment that nothing is pulled, and nothing else", ({ spec, environment }) => {
    const installed = render(spec, environment, installValues(spec, lock, environment).values);
    expect(beyond(spec, environment, lock)).toEqual([]);
    // No container is left out.
    expect(() => {
      checkPullPolicy(spec.name, installed);
    }).not.toThrow();
  });

  it.each(CASES)(
    "take of $chart in $environment what an image that the lock lacks is for",
    ({ chart, spec, environment }) => {
      const { qdrant, ...rest } = lock;
      expect(qdrant?.standIn).toBeUndefined();
      expect(beyond(spec, environment, rest)).toEqual(chart === "cruvero" ? WITHOUT_QDRANT[environment] : []);
    },
  );

  it("are seen to change more where they do", () => {
    const [spec] = specs;
    if (spec === undefined) throw new Error("the platform file has a chart");
    const shipped = render(spec, "prod", "");
    const planted = "worker: { replicas: 1 }\ngraphWorker: { enabled: false }\n";
    const found = changes(shipped, render(spec, "prod", planted)).filter((each) => !ALWAYS.test(each));
    expect(found).toContain("Deployment cruvero-graph-worker");
    expect(found).toContain("Deployment cruvero-worker: spec.replicas");
  });
});

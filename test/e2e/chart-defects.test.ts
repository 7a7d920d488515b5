/** Every defect that is planted into a copy of the charts is caught by the rule that it is planted for. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { dag } from "@dagger.io/dagger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { EXCEPTION_RULES } from "../../src/charts/exceptions.ts";
import { RULE_GROUPS } from "../../src/charts/functions.ts";
import { OVERLAY_MINIMAL } from "../../src/charts/overlays.ts";
import { renderRules } from "../../src/charts/rules/index.ts";
import { ENVIRONMENTS } from "../../src/platform/environments.ts";
import { parseImageLock } from "../../src/platform/image-lock.ts";
import {
  applyPatch,
  copiesOf,
  type Copy,
  type Defect,
  DEFECTS,
  originOf,
  plantDefects,
  readDefect,
  readDefects,
  UNTOUCHED,
} from "./support/planted-defects.ts";
import { inEngine, ROOT, runLock, slipway } from "./support/slipway.ts";

/** Copies of one call: each runs a dozen programs at once, and all copies together would need too much memory. */
const BATCH = 10;

const reportSchema = z.object({
  results: z.array(z.object({ chart: z.string(), environment: z.string(), objects: z.number().optional() })),
  findings: z.array(
    z.object({
      ...{ rule: z.string(), chart: z.string(), environment: z.string(), object: z.string() },
      ...{ path: z.string(), reason: z.string(), fix: z.string() },
    }),
  ),
});
type Found = z.infer<typeof reportSchema>["findings"][number];

const defects = readDefects(DEFECTS);
const copies = copiesOf(defects);
const folders: string[] = [];
/** Findings by the name of the copy that they are in. */
const found = new Map<string, Found[]>([[UNTOUCHED, []]]);

/** Adds what `findings` gives for these copies; for the untouched one where there are none. */
async function findingsOf(batch: readonly Copy[]): Promise<void> {
  const folder = temporaryFolder();
  plantDefects(folder, batch);
  const source = dag.host().directory(folder, { noCache: true });
  const file = await slipway({ source, platform: "deploy/platform.yaml", revision: "" }).findings();
  const names = batch.length === 0 ? [UNTOUCHED] : batch.map(({ name }) => name);
  for (const finding of reportSchema.parse(JSON.parse(await file.contents())).findings) {
    const { name, object } = originOf(finding.chart, finding.object, names);
    found.set(name, [...(found.get(name) ?? []), { ...finding, object }]);
  }
}

async function inBatches(all: readonly Copy[]): Promise<void> {
  for (let first = 0; first < all.length; first += BATCH) await findingsOf(all.slice(first, first + BATCH));
}

/** Findings of the copies that a defect is in. */
function findingsAround({ name }: Defect): Found[] {
  const shared = copies.find((copy) => copy.defects.some((defect) => defect.name === name))?.name;
  return [...new Set([shared, name])].flatMap((copy) => found.get(copy ?? "") ?? []);
}

/** Findings that are what a defect is planted for. */
function caughtOf(defect: Defect): Found[] {
  return findingsAround(defect).filter(
    ({ rule, environment, object, reason }) =>
      rule === defect.rule &&
      environment === defect.environment &&
      object === defect.object &&
      reason.includes(defect.reason),
  );
}

beforeAll(async () => {
  await inEngine(async () => {
    // Alone, the untouched copy is checked for every version of Kubernetes.
    await findingsOf([]);
    await inBatches(copies);
    // Some defects keep others from being asked for; those get a copy of their own.
    await inBatches(
      defects.filter((each) => caughtOf(each).length === 0).map((each) => ({ name: each.name, defects: [each] })),
    );
  });
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("the charts of this repository", () => {
  it("have no finding in any environment that no exception excuses", async () => {
    const report = await inEngine(async () =>
      reportSchema.parse(JSON.parse(await (await slipway().findings()).contents())),
    );
    expect(report.findings).toEqual([]);
    const pairs = ["admin", "api", "cruvero", "server", "web"].flatMap((chart) =>
      ENVIRONMENTS.map((environment) => `${chart} ${environment}`),
    );
    expect(report.results.map(({ chart, environment }) => `${chart} ${environment}`).sort()).toEqual(pairs.sort());
    expect(report.results.filter(({ objects = 0 }) => objects < 10)).toEqual([]);
  });
});

describe("a copy of the charts", () => {
  it("has no finding as it is", () => {
    expect(found.get(UNTOUCHED)).toEqual([]);
  });

  it("has no finding that belongs to no copy", () => {
    const names = new Set([UNTOUCHED, ...defects.map(({ name }) => name)]);
    expect([...found.keys()].filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(defects)("has the finding of $name", (defect) => {
    const { rule, environment, object, reason } = defect;
    const caught = caughtOf(defect);
    const said = findingsAround(defect)
      .map((each) => `${each.rule} (${each.environment}) ${each.object}: ${each.reason}`)
      .join("\n");
    const wanted = `no ${rule} (${environment}) in ${object} that says "${reason}"`;
    expect(caught.length, `${wanted}; found was:\n${said}`).toBeGreaterThan(0);
    expect(caught.filter(({ fix }) => fix === "")).toEqual([]);
  });
});

describe("the planted defects", () => {
  /** True for a rule that some patch is for; a tool has a rule for each of its checks. */
  const isCovered = (rule: string) => defects.some((each) => each.rule === rule || each.rule.startsWith(`${rule}/`));

  it("are at least one for every rule that the sources name", async () => {
    const known = new Set(rulesOfSources());
    // The scan must find what is exported by name, or it has become blind.
    const exported = [
      ...renderRules({}).map(({ name }) => name),
      ...Object.values(EXCEPTION_RULES),
      ...Object.values(RULE_GROUPS).flatMap(({ rules }) => rules),
    ];
    expect([...known]).toEqual(expect.arrayContaining([...exported, OVERLAY_MINIMAL, "kubeconform", "kube-score"]));
    // Without its image kube-linter does not run, and `findings` says so.
    const hasLinter = "kube-linter" in parseImageLock(await inEngine(() => runLock().contents()), "images.lock.yaml");
    if (!hasLinter) known.delete("kube-linter");
    expect([...known].filter((rule) => !isCovered(rule))).toEqual([]);
  });

  it("are for rules that exist", () => {
    const known = rulesOfSources();
    expect(defects.filter(({ rule }) => !known.includes(rule.split("/")[0] ?? "")).map(({ name }) => name)).toEqual([]);
  });

  it("name the patch that no longer applies", () => {
    const folder = temporaryFolder();
    const patch = path.join(folder, "image-tag--gone.patch");
    const head = "rule: image-tag\nenvironment: dev\nobject: Deployment cruvero/cruvero-api\n";
    const hunk = "--- a/charts/x.yaml\n+++ b/charts/x.yaml\n@@ -1 +1 @@\n-tag: one\n+tag: latest\n";
    writeFileSync(patch, `${head}${hunk}`);
    const copy = path.join(folder, "copy");
    mkdirSync(path.join(copy, "charts"), { recursive: true });
    writeFileSync(path.join(copy, "charts/x.yaml"), "tag: two\n");
    expect(() => {
      applyPatch(patch, copy);
    }).toThrow(/image-tag--gone\.patch: no longer applies; [^]*charts\/x\.yaml/);
    writeFileSync(path.join(copy, "charts/x.yaml"), "tag: one\n");
    applyPatch(patch, copy);
    expect(readFileSync(path.join(copy, "charts/x.yaml"), "utf8")).toBe("tag: latest\n");
  });

  it.each([
    {
      title: "no rule",
      head: "environment: dev\nobject: x\n",
      says: /image-tag--x\.patch: its head is mistaken: [^]*rule/,
    },
    { title: "an unknown key", head: "rule: image-tag\nenvironment: dev\nobject: x\nwhy: y\n", says: /why/ },
    {
      title: "another rule than its name",
      head: "rule: probes\nenvironment: dev\nobject: x\n",
      says: /begins with probes--/,
    },
  ])("are refused with $title", ({ head, says }) => {
    const patch = path.join(temporaryFolder(), "image-tag--x.patch");
    writeFileSync(patch, `${head}--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n`);
    expect(() => readDefect(patch)).toThrow(says);
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-defects-"));
  folders.push(folder);
  return folder;
}

/** The forms in which the sources write the name of a rule. */
const RULE_NAMES = [
  /\bobjectRule\(\s*"([a-z0-9-]+)"/g,
  /\bexport const [A-Z_]+ = "([a-z0-9-]+)"/g,
  /\brule(?::| =) "([a-z0-9-]+)"/g,
  /\btool: "([a-z-]+)"/g,
  /\bEXCEPTION_RULES = \{ stale: "([a-z-]+)", expired: "([a-z-]+)" \}/g,
  /\brules: \["([a-z-]+)"\] \}/g,
];

/** Names of all rules, as the sources of the room write them. */
function rulesOfSources(): string[] {
  const folder = path.join(ROOT, "src/charts");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const names = files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    return RULE_NAMES.flatMap((form) => [...text.matchAll(form)].flatMap(([, ...groups]) => groups));
  });
  return [...new Set(names)].sort();
}

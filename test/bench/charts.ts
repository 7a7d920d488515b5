/** Measures validate of all charts and environments beside the same tools, run by hand one after another on the host. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { connection, dag } from "@dagger.io/dagger";

import { OPTIONAL_CHECKS } from "../../src/charts/checks.ts";
import { schemaLocations } from "../../src/charts/kubernetes-schemas.ts";
import { Slipway } from "../../src/index.ts";
import type { ChartSpec } from "../../src/platform/chart-spec.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { type Environment, ENVIRONMENTS } from "../../src/platform/environments.ts";
import { ROOT } from "../e2e/support/slipway.ts";
import { hostSchemas, type HostTool, hostTool } from "../support/host-tools.ts";
import { checkout, least, type Row, seconds } from "./measure.ts";

const run = promisify(execFile);
const REPEATS = 5;
const VALUES = "charts/cruvero/values.yaml";

/** Validates a checkout in a session of its own; throws where there is a finding. */
async function validate(folder: string, lock: string): Promise<void> {
  await connection(async () => {
    const source = checkout(folder);
    await new Slipway(source, undefined, undefined, dag.host().file(lock)).validate();
  });
}

/** A command that a person would type, and the file that its output goes to; a chart may refuse to be rendered bare. */
type Command = {
  readonly tool: HostTool;
  readonly words: readonly string[];
  readonly into?: string;
  readonly mayRefuse?: boolean;
};

/** What validate makes of every chart, as a list of commands. */
async function commands(folder: string): Promise<Command[]> {
  const file = path.join(folder, "deploy/platform.yaml");
  const { charts, validation } = parsePlatform(await readFile(file, "utf8"), file);
  const modules = validation.customResources.flatMap((source) =>
    "goModule" in source ? [{ module: source.goModule, version: source.version, path: source.directory }] : [],
  );
  const schemas = await hostSchemas(validation.kubernetes, modules);
  const locations = schemaLocations(schemas.kubernetes, schemas.custom).flatMap((each) => ["-schema-location", each]);
  const { kubernetes } = validation;
  return charts.flatMap((chart) => {
    const build: Command = { tool: "helm", words: ["dependency", "build", path.join(folder, chart.path)] };
    const root = path.join(folder, chart.path);
    const bare: Command = { tool: "helm", words: ["template", chart.release, root], mayRefuse: true };
    const own = ENVIRONMENTS.filter((environment) => chart.environments[environment] !== undefined);
    return [
      build,
      bare,
      ...own.flatMap((environment) => ofEnvironment({ folder, chart, environment, kubernetes, locations })),
    ];
  });
}

type Inputs = {
  readonly folder: string;
  readonly chart: ChartSpec;
  readonly environment: Environment;
  readonly kubernetes: readonly string[];
  readonly locations: readonly string[];
};

function ofEnvironment({ folder, chart, environment, kubernetes, locations }: Inputs): Command[] {
  const root = path.join(folder, chart.path);
  const newest = kubernetes.at(-1) ?? "";
  const digests = Object.values(chart.images).map((value) => `${value}.digest=sha256:${"a".repeat(64)}`);
  const values = [
    ...(chart.environments[environment] ?? []).flatMap((name) => ["--values", path.join(root, name)]),
    ...digests.flatMap((digest) => ["--set-string", digest]),
    ...["--namespace", chart.namespace, "--kube-version", newest],
  ];
  const into = path.join(folder, `${chart.name}-${environment}.yaml`);
  const words = ["template", chart.release, root, ...values];
  const optional = OPTIONAL_CHECKS.flatMap((check) => ["--enable-optional-test", check]);
  return [
    { tool: "helm", words: ["lint", "--strict", root, ...values] },
    { tool: "helm", words, into },
    { tool: "helm-4", words, into: `${into}.4` },
    ...kubernetes.map((version): Command => {
      return { tool: "kubeconform", words: ["-strict", "-kubernetes-version", version, ...locations, into] };
    }),
    {
      tool: "kube-score",
      words: ["score", "--kubernetes-version", `v${newest.replace(/\.\d+$/, "")}`, ...optional, into],
    },
    { tool: "podsecurity", words: [into] },
  ];
}

async function byHand(steps: readonly Command[]): Promise<void> {
  for (const { tool, words, into, mayRefuse = false } of steps) {
    const ended = run(await hostTool(tool), [...words], { maxBuffer: 2 ** 26 });
    const { stdout } = mayRefuse ? await ended.catch(() => ({ stdout: "" })) : await ended;
    if (into !== undefined) await writeFile(into, stdout);
  }
}

/** Two rows: one value changed, and nothing changed. */
export async function validated(lock: string): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-charts-"));
  try {
    await cp(ROOT, folder, { recursive: true, filter: (from) => !/node_modules|\.tgz$/.test(from) });
    const steps = await commands(folder);
    const values = path.join(folder, VALUES);
    const original = await readFile(values, "utf8");
    await validate(folder, lock);
    await byHand(steps);
    const rounds: { changed: number; unchanged: number; hand: number }[] = [];
    for (let round = 0; round < REPEATS; round++) {
      await writeFile(
        values,
        original.replace("maxUnavailable: 1", `maxUnavailable: ${round + 2}`) + `# ${Date.now()}\n`,
      );
      const changed = await seconds(() => validate(folder, lock));
      const unchanged = await seconds(() => validate(folder, lock));
      rounds.push({ changed, unchanged, hand: await seconds(() => byHand(steps)) });
    }
    const [changed, unchanged, hand] = (["changed", "unchanged", "hand"] as const).map((key) =>
      least(rounds.map((each) => each[key])),
    );
    return toRows(changed ?? NaN, unchanged ?? NaN, hand ?? NaN);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toRows(changed: number, unchanged: number, hand: number): Row[] {
  const baseline = `the same tools by hand, one after another, ${hand.toFixed(2)} s`;
  return [
    {
      ...{ what: "validate, one value changed", baseline, bound: "5 s and 0.5 of the baseline" },
      measured: `${changed.toFixed(2)} s, ${(changed / hand).toFixed(2)} of the baseline`,
      kept: changed <= 5 && changed / hand <= 0.5,
    },
    {
      ...{ what: "validate, nothing changed", baseline, bound: "1 s" },
      measured: `${unchanged.toFixed(2)} s`,
      kept: unchanged <= 1,
    },
  ];
}

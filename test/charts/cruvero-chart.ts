/** Renders cruvero's chart on this host, parsed; each render is made once. */
import { writeFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { Charts } from "../support/charts.ts";
import type { Answer } from "../support/kept-answers.ts";
import { documentsOf } from "../support/yaml-documents.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const CHART = path.join(ROOT, "charts/cruvero");
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
/** The components that run all the time. */
export const SERVICES = ["api", "embed-worker", "graph-worker", "ui", "worker"] as const;
/** Programs of both lines of helm. */
export const HELMS = ["helm", "helm-4"] as const;
export type Helm = (typeof HELMS)[number];

const DIGEST = `sha256:${"a".repeat(64)}`;
const KEYS = ["api", "embedWorker", "graphWorker", "migrator", "ui", "worker"];
/** What the pipeline sets: the digests of the images that it has built. */
export const DIGESTS: readonly string[] = KEYS.flatMap((key) => ["--set-string", `${key}.image.digest=${DIGEST}`]);

const texts = z.record(z.string(), z.string());
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), labels: texts, annotations: texts.optional() }),
});
export type Manifest = z.infer<typeof manifest>;

/** Values of a render: files in the chart, and changes as `--set-json` takes them. */
export type Values = { readonly values: readonly string[]; readonly setJson: readonly string[] };
const rendered = z.array(z.object({ hash: z.string().optional(), refusal: z.string().optional() }));
export type Rendered = z.infer<typeof rendered>[number];

/** The chart with its dependencies in place. */
export class CruveroChart {
  private readonly renders = new Map<string, readonly Manifest[]>();

  private constructor(private readonly charts: Charts) {}

  /** The chart, to be read. */
  static async open(): Promise<CruveroChart> {
    return new CruveroChart(await Charts.open());
  }

  /** A copy of the chart, to be changed before it is rendered. */
  static async copy(): Promise<CruveroChart> {
    return new CruveroChart(await Charts.copy("cruvero"));
  }

  /** Folder of the chart. */
  get path(): string {
    return this.charts.at("cruvero");
  }

  remove(): void {
    this.charts.remove();
  }

  /** What a version of helm says to a command about the chart; its error output where it refuses. */
  run(command: string, words: readonly string[], helm: Helm = "helm"): { status: number | null; output: string } {
    const given = [
      command,
      ...(command === "template" ? ["cruvero"] : []),
      this.path,
      "--namespace",
      "store",
      ...words,
    ];
    const { status, stdout, stderr } = this.charts.ask(helm, given);
    return { status, output: status === 0 ? stdout : stderr };
  }

  /** What the chart's own tests say, of files that a pattern names. */
  test(files: string): Answer {
    return this.charts.ask("helm-unittest", ["--strict", "--file", files, this.path]);
  }

  /**
   * What helm makes of many sets of values, in one process: for each the hash of the render, or why it refuses. It is
   * helm's own engine at the version of the program `helm`.
   */
  hashes(renders: readonly Values[]): readonly Rendered[] {
    const file = path.join(this.path, "../renders.json");
    writeFileSync(file, JSON.stringify({ release: "cruvero", namespace: "store", renders }));
    return rendered.parse(JSON.parse(this.charts.text("renders", [this.path, file])));
  }

  /** The text that a version of helm renders as release `cruvero` in namespace `store`. Throws what helm says. */
  text(words: readonly string[] = [], helm: Helm = "helm"): string {
    const { status, output } = this.run("template", words, helm);
    if (status !== 0) throw new Error(`helm refuses ${words.join(" ")}: ${output}`);
    return output;
  }

  /** Manifests of a render, which is made once. */
  render(words: readonly string[] = [], helm: Helm = "helm"): readonly Manifest[] {
    const key = JSON.stringify([helm, words]);
    const found =
      this.renders.get(key) ?? documentsOf(this.text(words, helm)).map((document) => manifest.parse(document));
    this.renders.set(key, found);
    return found;
  }

  /** Manifests of an environment, as the pipeline renders it. */
  renderFor(environment: Environment, words: readonly string[] = [], helm: Helm = "helm"): readonly Manifest[] {
    return this.render([...this.overlay(environment), ...words], helm);
  }

  /** Arguments that choose an environment. */
  overlay(environment: Environment): string[] {
    return ["--values", path.join(this.path, `values-${environment}.yaml`), ...DIGESTS];
  }
}

/** The component that a manifest says it belongs to. */
export function componentOf({ metadata }: Manifest): string {
  return metadata.labels["app.kubernetes.io/component"] ?? "";
}

/** The manifests of a component, by kind. */
export function kindsOf(manifests: readonly Manifest[], component: string): string[] {
  return manifests
    .filter((each) => componentOf(each) === component)
    .map(({ kind }) => kind)
    .sort();
}

/** The one manifest of a kind that a component has. */
export function find(manifests: readonly Manifest[], kind: string, component: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && componentOf(each) === component);
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`${component} has ${found.length} of ${kind}, and not one`);
  return only;
}

/** Leaves of a value by path; lists are leaves. */
export function leavesOf(value: unknown, at: readonly string[] = []): Map<string, string> {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isMap) return new Map([[at.join("."), JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, each]) => [...leavesOf(each, [...at, key])]));
}

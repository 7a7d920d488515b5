/** Renders the chart of CleverAgents' server on this host, parsed, from a copy of the charts with its dependencies in place. */
import { execFileSync } from "node:child_process";
import path from "node:path";

import { z } from "zod";

import { Charts, type ChartTool } from "../support/charts.ts";
import { documentsOf } from "../support/yaml-documents.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const CHART = path.join(ROOT, "charts/server");
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
export const HELMS = ["helm", "helm-4"] as const satisfies readonly ChartTool[];
export type Helm = (typeof HELMS)[number];

const DIGEST = `sha256:${"a".repeat(64)}`;
/** The least that the chart renders with. */
export const DATABASE = ["--set", "database.existingSecret=db"] as const;

const texts = z.record(z.string(), z.string());
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), labels: texts, annotations: texts.optional() }),
});
export type Manifest = z.infer<typeof manifest>;

/** What a version of helm said; the error output where it refused. */
export type Answer = { readonly status: number | null; readonly output: string };

/** The chart in a copy of the charts; the source keeps no dependencies. */
export class ServerChart {
  private constructor(private readonly charts: Charts) {}

  /** The chart without its dependencies. */
  static async open(): Promise<ServerChart> {
    return new ServerChart(await Charts.copySource("common", "server", "backing/postgresql", "backing/redis"));
  }

  /** Folder of the copy. */
  get path(): string {
    return this.charts.at("server");
  }

  /** Puts the dependencies in place. */
  buildDependencies(): void {
    const words = ["dependency", "build", this.path];
    execFileSync(this.charts.program("helm"), words, { stdio: ["ignore", "pipe", "pipe"] });
  }

  remove(): void {
    this.charts.remove();
  }

  /** What a version of helm says to a command about the chart. */
  run(command: "lint" | "template", words: readonly string[], helm: Helm = "helm"): Answer {
    const release = command === "template" ? ["cleveragents"] : [];
    const given = [command, ...release, this.path, "--namespace", "agents", ...words];
    const { status, stdout, stderr } = this.charts.ask(helm, given);
    return { status, output: status === 0 ? stdout : stdout + stderr };
  }

  /** Manifests of a render; a key that is written twice is an error. Throws what helm says. */
  render(words: readonly string[] = DATABASE, helm: Helm = "helm"): Manifest[] {
    const { status, output } = this.run("template", words, helm);
    if (status !== 0) throw new Error(`helm refuses ${words.join(" ")}: ${output}`);
    return documentsOf(output).map((document) => manifest.parse(document));
  }

  /** Arguments that choose an environment, as the pipeline has them. */
  overlay(environment: Environment): string[] {
    const values = path.join(this.path, `values-${environment}.yaml`);
    return ["--values", values, "--set-string", `image.digest=${DIGEST}`];
  }
}

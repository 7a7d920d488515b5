/** Renders the chart of CleverAgents' server on this host, parsed, from a copy of the charts with its dependencies in place. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { parseAllDocuments } from "yaml";
import { z } from "zod";

import { type HostTool, hostTool } from "../support/host-tools.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const CHART = path.join(ROOT, "charts/server");
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
export const HELMS = ["helm", "helm-4"] as const satisfies readonly HostTool[];
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

/** A copy of the charts; the source keeps no dependencies. */
export class ServerChart {
  private constructor(
    private readonly folder: string,
    private readonly programs: Readonly<Record<Helm, string>>,
  ) {}

  static async open(): Promise<ServerChart> {
    const programs = { helm: await hostTool("helm"), "helm-4": await hostTool("helm-4") };
    const chart = new ServerChart(mkdtempSync(path.join(tmpdir(), "slipway-server-")), programs);
    const withoutPackages = (source: string) => !source.endsWith(".tgz");
    cpSync(path.join(ROOT, "charts"), chart.folder, { recursive: true, filter: withoutPackages });
    return chart;
  }

  /** Folder of the copy. */
  get path(): string {
    return path.join(this.folder, "server");
  }

  /** Puts the dependencies in place. */
  buildDependencies(): void {
    execFileSync(this.programs.helm, ["dependency", "build", this.path], { stdio: ["ignore", "pipe", "pipe"] });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a version of helm says to a command about the chart. */
  run(command: "lint" | "template", words: readonly string[], helm: Helm = "helm"): Answer {
    const release = command === "template" ? ["cleveragents"] : [];
    const given = [command, ...release, this.path, "--namespace", "agents", ...words];
    const { status, stdout, stderr } = spawnSync(this.programs[helm], given, { encoding: "utf8", maxBuffer: 2 ** 26 });
    return { status, output: status === 0 ? stdout : stdout + stderr };
  }

  /** Manifests of a render; a key that is written twice is an error. Throws what helm says. */
  render(words: readonly string[] = DATABASE, helm: Helm = "helm"): Manifest[] {
    const { status, output } = this.run("template", words, helm);
    if (status !== 0) throw new Error(`helm refuses ${words.join(" ")}: ${output}`);
    return parseAllDocuments(output, { uniqueKeys: true }).flatMap((document) => {
      if (document.errors.length > 0) throw new Error(document.errors.join("\n"));
      const value: unknown = document.toJS();
      return value === null ? [] : [manifest.parse(value)];
    });
  }

  /** Arguments that choose an environment, as the pipeline has them. */
  overlay(environment: Environment): string[] {
    const values = path.join(this.path, `values-${environment}.yaml`);
    return ["--values", values, "--set-string", `image.digest=${DIGEST}`];
  }
}

/** Copies of the charts of this repository, each the own of the test that opened it, and what tools say about them. */
import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { hashFolder } from "../../embedded/engine/cache.ts";
import { cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { hostTool } from "./host-tools.ts";
import { type Answer, KeptAnswers, removeUnused } from "./kept-answers.ts";
import { ROOT } from "./module-command.ts";

const PLACE = path.join(cacheRoot(process.env), "tests");
const ANSWERS = new KeptAnswers(path.join(PLACE, "answers"));
const BUILT = path.join(PLACE, "charts");
const PACKED = ".tgz";
/** Parents first: each is packed as it is in the source, without what it depends on itself. */
const WITH_DEPENDENCIES = [
  ...["cruvero", "api", "web", "admin", "server"],
  ...["postgresql", "dragonfly", "qdrant", "nats", "redis"].map((name) => `backing/${name}`),
];

const TOOLS = ["helm", "helm-4", "helm-unittest", "renders"] as const;
/** A tool that reads charts, and whose answers about them are kept. */
export type ChartTool = (typeof TOOLS)[number];

/** A copy of charts/. */
export class Charts {
  private constructor(
    /** Folder of the copy. */
    readonly folder: string,
    private readonly programs: ReadonlyMap<ChartTool, string>,
  ) {}

  /** A copy with all dependencies in place, or with none of them. */
  static async open({ hasDependencies = true } = {}): Promise<Charts> {
    const programs = new Map<ChartTool, string>();
    for (const tool of TOOLS) programs.set(tool, await hostTool(tool));
    const source = hasDependencies ? await builtCharts(await hostTool("helm")) : path.join(ROOT, "charts");
    const folder = mkdtempSync(path.join(tmpdir(), "slipway-charts-"));
    const isWanted = (file: string) => hasDependencies || !file.endsWith(PACKED);
    cpSync(source, folder, { recursive: true, filter: isWanted });
    return new Charts(folder, programs);
  }

  /** Folder of a chart. */
  at(chart: string): string {
    return path.join(this.folder, chart);
  }

  /** Path of a tool, for a call whose answer is not to be kept. */
  program(tool: ChartTool): string {
    const program = this.programs.get(tool);
    if (program === undefined) throw new Error(`${tool} has no program`);
    return program;
  }

  /** What a tool says; a path among its words is one in the copy. It is asked again only where a file has changed. */
  ask(tool: ChartTool, words: readonly string[]): Answer {
    return ANSWERS.ask({ program: this.program(tool), words, folder: this.folder });
  }

  /** What a tool says that ends well. Throws what it says where it does not. */
  text(tool: ChartTool, words: readonly string[]): string {
    const { status, stdout, stderr } = this.ask(tool, words);
    if (status !== 0) throw new Error(`${tool} refuses ${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The charts with their dependencies, made once for all runs on the same sources. Nobody changes anything in there. */
async function builtCharts(helm: string): Promise<string> {
  const source = path.join(ROOT, "charts");
  const inputs = JSON.stringify([await hashFolder(source, PACKED), helm, WITH_DEPENDENCIES]);
  const folder = path.join(BUILT, createHash("sha256").update(inputs).digest("hex"));
  if (!existsSync(folder)) {
    mkdirSync(BUILT, { recursive: true });
    removeUnused(BUILT);
    const unfinished = `${folder}.${randomUUID()}`;
    cpSync(source, unfinished, { recursive: true, filter: (file) => !file.endsWith(PACKED) });
    for (const chart of WITH_DEPENDENCIES) {
      execFileSync(helm, ["dependency", "build", path.join(unfinished, chart)], { stdio: ["ignore", "pipe", "pipe"] });
    }
    moveTo(folder, unfinished);
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** Moves a folder to its place, unless another process was there first. */
function moveTo(folder: string, unfinished: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

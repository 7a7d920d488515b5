/** The charts of this repository with their dependencies in place, which the source keeps none of, and what tools say about them. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { builtCharts, PACKED } from "./built-charts.ts";
import { hostTool } from "./host-tools.ts";
import { type Answer, KeptAnswers } from "./kept-answers.ts";
import { ROOT } from "./module-command.ts";

const SOURCE = path.join(ROOT, "charts");
const PLACE = path.join(cacheRoot(process.env), "tests");
const ANSWERS = new KeptAnswers(path.join(PLACE, "answers"));
/** Parents first: each is packed as it is in the source, without what it depends on itself. */
const WITH_DEPENDENCIES = [
  ...["cruvero", "api", "web", "admin", "server"],
  ...["postgresql", "dragonfly", "qdrant", "nats", "redis"].map((name) => `backing/${name}`),
];

const TOOLS = ["helm", "helm-4", "helm-unittest", "renders"] as const;
/** A tool that reads charts, and whose answers about them are kept. */
export type ChartTool = (typeof TOOLS)[number];

/** A folder with charts, as charts/ has them. */
export class Charts {
  private constructor(
    readonly folder: string,
    private readonly programs: ReadonlyMap<ChartTool, string>,
    private readonly isCopy: boolean,
  ) {}

  /** All charts with their dependencies, to be read: the folder is that of all tests. */
  static async open(): Promise<Charts> {
    const programs = await allPrograms();
    const helm = await hostTool("helm");
    const place = path.join(PLACE, "charts");
    return new Charts(builtCharts({ source: SOURCE, parents: WITH_DEPENDENCIES, helm, place }), programs, false);
  }

  /** A copy of some charts with their dependencies, which the caller may change. */
  static async copy(...charts: readonly string[]): Promise<Charts> {
    const { folder, programs } = await Charts.open();
    return new Charts(copyOf(folder, charts), programs, true);
  }

  /** A copy of some charts as the source has them, without their dependencies. */
  static async copySource(...charts: readonly string[]): Promise<Charts> {
    return new Charts(copyOf(SOURCE, charts), await allPrograms(), true);
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

  /** Removes a copy. */
  remove(): void {
    if (this.isCopy) rmSync(this.folder, { recursive: true, force: true });
  }
}

async function allPrograms(): Promise<ReadonlyMap<ChartTool, string>> {
  const programs = new Map<ChartTool, string>();
  for (const tool of TOOLS) programs.set(tool, await hostTool(tool));
  return programs;
}

function copyOf(charts: string, names: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-charts-"));
  const isWanted = (file: string) => charts !== SOURCE || !file.endsWith(PACKED);
  for (const name of names) {
    cpSync(path.join(charts, name), path.join(folder, name), { recursive: true, filter: isWanted });
  }
  return folder;
}

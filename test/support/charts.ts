/** The charts of this repository with their dependencies in place, which the source keeps none of, and what tools say about them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { hashOf } from "./content-hash.ts";
import { hostTool } from "./host-tools.ts";
import { type Answer, KeptAnswers, removeUnused } from "./kept-answers.ts";
import { ROOT } from "./module-command.ts";

const SOURCE = path.join(ROOT, "charts");
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
    return new Charts(builtCharts(await hostTool("helm")), programs, false);
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

/** The charts with their dependencies, made once for all runs on the same sources, and anew where someone changed them. */
function builtCharts(helm: string): string {
  const inputs = JSON.stringify([hashOf(SOURCE, PACKED), helm, WITH_DEPENDENCIES]);
  const place = path.join(BUILT, createHash("sha256").update(inputs).digest("hex"));
  if (!isWhole(place)) build(place, helm);
  utimesSync(place, new Date(), new Date());
  return path.join(place, "charts");
}

function isWhole(place: string): boolean {
  const sum = path.join(place, "sum");
  return existsSync(sum) && readFileSync(sum, "utf8") === hashOf(path.join(place, "charts"));
}

function build(place: string, helm: string): void {
  mkdirSync(BUILT, { recursive: true });
  removeUnused(BUILT);
  const unfinished = mkdtempSync(path.join(BUILT, "unfinished-"));
  const charts = path.join(unfinished, "charts");
  cpSync(SOURCE, charts, { recursive: true, filter: (file) => !file.endsWith(PACKED) });
  for (const chart of WITH_DEPENDENCIES) {
    execFileSync(helm, ["dependency", "build", path.join(charts, chart)], { stdio: ["ignore", "pipe", "pipe"] });
  }
  writeFileSync(path.join(unfinished, "sum"), hashOf(charts));
  // Another process may have been faster, and its charts are the same ones.
  if (!isWhole(place)) {
    rmSync(place, { recursive: true, force: true });
    renameSync(unfinished, place);
  }
  rmSync(unfinished, { recursive: true, force: true });
}

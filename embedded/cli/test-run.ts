/** `npm test`: every check of the project, in order of cost; a failure does not keep the later ones from running. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { describeRunFailure } from "./failure.ts";
import { prepareEngine } from "./run-engine.ts";
import { runStageCommand } from "./stage-command.ts";
import type { Terminal } from "./terminal.ts";
import { progressOf } from "./terminal.ts";
import type { StageCount } from "./test-summary.ts";
import { countCheck, countTests, summaryLine } from "./test-summary.ts";
import { COMMAND, UnknownWordError } from "./usage-errors.ts";

const STAGES = ["lint", "types", "unit", "charts", "e2e"] as const;
type Stage = (typeof STAGES)[number];

type Surroundings = { readonly root: string; readonly terminal: Terminal };

/**
 * Runs the checks and ends with one line of counts. Returns the exit code of the process: 0 where everything passed.
 *
 * @param words Stages to run; none means all.
 * @param root Folder of the project.
 */
export async function runTests(words: readonly string[], root: string, terminal: Terminal): Promise<number> {
  const wanted = words.length === 0 ? STAGES : words.map(stageOf);
  const counts: StageCount[] = [];
  for (const stage of STAGES.filter((known) => wanted.includes(known))) {
    terminal.print(`\n=== ${stage}\n`);
    counts.push(await runStage(stage, { root, terminal }));
  }
  terminal.print(`\n${listing(counts, wanted)}${summaryLine(counts)}\n`);
  return counts.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

function stageOf(word: string): Stage {
  const stage = STAGES.find((known) => known === word);
  if (stage === undefined) {
    throw new UnknownWordError("stage", word, STAGES, `\`${COMMAND} test\` runs all of them`);
  }
  return stage;
}

async function runStage(stage: Stage, surroundings: Surroundings): Promise<StageCount> {
  switch (stage) {
    case "lint":
      return countCheck("lint", await npmRun("lint", surroundings));
    case "types":
      return countCheck("types", await npmRun("typecheck", surroundings));
    case "unit":
      return vitest("unit", {}, surroundings);
    case "charts":
      return vitest("charts", {}, surroundings);
    case "e2e":
      return endToEnd(surroundings);
  }
}

/** A missing engine is a failure of the stage, not of the run: what the other stages said still counts. */
async function endToEnd(surroundings: Surroundings): Promise<StageCount> {
  const { terminal } = surroundings;
  try {
    const engine = await prepareEngine(terminal);
    const { embedded } = engine;
    const images =
      embedded === undefined ? {} : { SLIPWAY_IMAGES_LOCK: embedded.imagesLock, SLIPWAY_REGISTRY: embedded.registry };
    try {
      return await vitest("e2e", { ...engine.variables, ...images }, surroundings);
    } finally {
      if (terminal.signal.aborted) {
        await engine.stopStarted();
        await removeTestEngines(terminal);
      } else if (terminal.environment.CI !== undefined) {
        // A runner's machine goes away after its job, and an engine that is cut off loses its cache.
        await engine.stopStarted();
      }
    }
  } catch (error) {
    terminal.signal.throwIfAborted();
    terminal.say(describeRunFailure(error, { verbose: false }).text);
    return countCheck("e2e: the engine did not start", 1);
  }
}

/** Tests that were killed could not clear away the engines that they had started beside the run's. */
async function removeTestEngines({ environment, say }: Terminal): Promise<void> {
  const { embeddedStateNames, removeEmbeddedState } = await import("../engine/index.ts");
  const options = { progress: progressOf(say), environment };
  const names = (await embeddedStateNames(options)).filter((name) => name.startsWith("test-"));
  for (const stateName of names) await removeEmbeddedState({ ...options, stateName });
}

async function vitest(
  project: "unit" | "charts" | "e2e",
  variables: Readonly<Record<string, string | undefined>>,
  surroundings: Surroundings,
): Promise<StageCount> {
  const { root, terminal } = surroundings;
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-test-"));
  const report = path.join(folder, "report.json");
  try {
    const exitCode = await runStageCommand({
      program: process.execPath,
      arguments: [
        path.join(root, "node_modules/vitest/vitest.mjs"),
        ...["run", "--config", "test/vitest.config.ts", `--project=${project}*`],
        ...(project === "unit" ? ["--coverage.enabled"] : []),
        // A snapshot that is missing is a failure here; it is not written on the way.
        "--update=none",
        ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
      ],
      folder: root,
      environment: { ...terminal.environment, ...variables },
      signal: terminal.signal,
    });
    return countTests(project, await readReport(report), exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    // The count treats a report that is missing or cut off as a failure.
    return undefined;
  }
}

function npmRun(script: string, { root, terminal }: Surroundings): Promise<number> {
  const { environment, signal } = terminal;
  return runStageCommand({ program: "npm", arguments: ["run", "--silent", script], folder: root, environment, signal });
}

/** What failed, was skipped or was not asked for, by name. */
function listing(counts: readonly StageCount[], wanted: readonly Stage[]): string {
  const lines = [
    ...counts.flatMap(({ skipped }) => skipped.map((name) => `skipped  ${name}`)),
    ...STAGES.filter((stage) => !wanted.includes(stage)).map((stage) => `not run  ${stage} (not asked for)`),
    ...counts.flatMap(({ failed }) => failed.map((name) => `failed   ${name}`)),
  ];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

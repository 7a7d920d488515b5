/** `npm test`: every check of the project, in order of cost; a failure does not keep the later ones from running. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, release, tmpdir } from "node:os";
import path from "node:path";

import { cacheRoot } from "../engine/cache-paths.ts";

import { describeRunFailure } from "./failure.ts";
import type { RunEngine } from "./run-engine.ts";
import { prepareEngine } from "./run-engine.ts";
import { runStageCommand } from "./stage-command.ts";
import type { Terminal } from "./terminal.ts";
import { progressOf } from "./terminal.ts";
import { keepPasses, type Pass, passNames, readPasses, readTestInputs } from "./test-passes.ts";
import type { StageCount } from "./test-summary.ts";
import { countCheck, countFiles, countTests, parseReport, summaryLine, type TestReport } from "./test-summary.ts";
import { COMMAND, UnknownWordError } from "./usage-errors.ts";

const STAGES = ["lint", "types", "unit", "charts", "e2e"] as const;
type Stage = (typeof STAGES)[number];

/** Runs every test file, also those that have passed with the same inputs. */
const FORCE = "--force";

type Surroundings = { readonly root: string; readonly terminal: Terminal; readonly force: boolean };

/**
 * Runs the checks and ends with one line of counts. Returns the exit code of the process: 0 where everything passed.
 * End-to-end test files that have passed on this machine with the same inputs count as passed, and are named.
 *
 * @param words Stages to run; none means all. With --force, every test file runs.
 * @param root Folder of the project.
 */
export async function runTests(words: readonly string[], root: string, terminal: Terminal): Promise<number> {
  const named = words.filter((word) => word !== FORCE);
  const wanted = named.length === 0 ? STAGES : named.map(stageOf);
  const surroundings = { root, terminal, force: words.includes(FORCE) };
  const counts: StageCount[] = [];
  for (const stage of STAGES.filter((known) => wanted.includes(known))) {
    terminal.print(`\n=== ${stage}\n`);
    counts.push(await runStage(stage, surroundings));
  }
  terminal.print(`\n${listing(counts, wanted)}${summaryLine(counts)}\n`);
  return counts.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

function stageOf(word: string): Stage {
  const stage = STAGES.find((known) => known === word);
  if (stage === undefined) {
    throw new UnknownWordError("stage", word, [...STAGES, FORCE], `\`${COMMAND} test\` runs all of them`);
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
      return (await vitest("unit", {}, surroundings)).count;
    case "charts":
      return (await vitest("charts", {}, surroundings)).count;
    case "e2e":
      return endToEnd(surroundings);
  }
}

/** A missing engine is a failure of the stage, not of the run: what the other stages said still counts. */
async function endToEnd(surroundings: Surroundings): Promise<StageCount> {
  const { terminal } = surroundings;
  try {
    const engine = await prepareEngine(terminal);
    try {
      return await testsOf(engine, surroundings);
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

/** Runs the end-to-end tests that may end otherwise than they have before. */
async function testsOf(engine: RunEngine, surroundings: Surroundings): Promise<StageCount> {
  const { root, terminal, force } = surroundings;
  const { embedded } = engine;
  const images =
    embedded === undefined ? {} : { SLIPWAY_IMAGES_LOCK: embedded.imagesLock, SLIPWAY_REGISTRY: embedded.registry };
  const machine = await machineOf(engine, terminal);
  const names = passNames(await readTestInputs(root), machine);
  const folder = path.join(cacheRoot(terminal.environment), "tests/passes");
  const kept = force ? new Map<string, Pass>() : await readPasses(folder, names);
  const files = kept.size === 0 ? [] : [...names.keys()].filter((file) => !kept.has(file));
  const run = await vitest("e2e", { ...engine.variables, ...images }, surroundings, files);
  // What was edited meanwhile was read by some tests and not by others.
  const after = passNames(await readTestInputs(root), machine);
  const sure = new Map([...names].filter(([file, name]) => after.get(file) === name));
  await keepPasses(folder, sure, countFiles("e2e", run.report, run.exitCode, root));
  return withKept(run.count, kept);
}

/** What a pass was on, besides the files of the project. */
async function machineOf({ choice, embedded }: RunEngine, { environment }: Terminal): Promise<unknown> {
  const variables = Object.entries(environment).filter(([name]) => /^(?:SLIPWAY|_EXPERIMENTAL_DAGGER)_/.test(name));
  return {
    ...{ choice, variables, kernel: release(), cores: availableParallelism() },
    ...{ node: process.version, architecture: process.arch },
    standIns: embedded === undefined ? "" : await readFile(embedded.imagesLock, "utf8"),
  };
}

function withKept(count: StageCount, passes: ReadonlyMap<string, Pass>): StageCount {
  const all = [...passes.values()];
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, count.passed),
    failed: count.failed,
    skipped: [...count.skipped, ...all.flatMap(({ skipped }) => skipped)],
    kept: [...passes].map(([file, { passed, at }]) => `${file}: ${passed} passed at ${at}`),
  };
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
  { root, terminal }: Surroundings,
  files: readonly string[] = [],
): Promise<{ readonly count: StageCount; readonly report: TestReport | undefined; readonly exitCode: number }> {
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
        ...files,
      ],
      folder: root,
      environment: { ...terminal.environment, ...variables },
      signal: terminal.signal,
    });
    // The count treats a report that is missing as a failure.
    const said = parseReport(await readFile(report, "utf8").catch(() => ""));
    return { count: countTests(project, said, exitCode), report: said, exitCode };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function npmRun(script: string, { root, terminal }: Surroundings): Promise<number> {
  const { environment, signal } = terminal;
  return runStageCommand({ program: "npm", arguments: ["run", "--silent", script], folder: root, environment, signal });
}

/** What failed, was skipped or was not asked for, by name. */
function listing(counts: readonly StageCount[], wanted: readonly Stage[]): string {
  const kept = counts.flatMap((count) => count.kept ?? []);
  const lines = [
    ...kept.map((name) => `recorded ${name}`),
    ...(kept.length === 0 ? [] : [`         with the same inputs; \`npm test -- ${FORCE}\` runs all of them again`]),
    ...counts.flatMap(({ skipped }) => skipped.map((name) => `skipped  ${name}`)),
    ...STAGES.filter((stage) => !wanted.includes(stage)).map((stage) => `not run  ${stage} (not asked for)`),
    ...counts.flatMap(({ failed }) => failed.map((name) => `failed   ${name}`)),
  ];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

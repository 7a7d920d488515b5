/** The process behind `npm start` and `npm test`: the only place that touches its streams, environment and exit code. */

import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { runCommandLine } from "./cli/call-run.ts";
import { describeRunFailure, StoppedError } from "./cli/failure.ts";
import type { StopSignal } from "./cli/failure.ts";
import { progressOf } from "./cli/terminal.ts";
import type { Terminal } from "./cli/terminal.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const PATIENCE_MS = 10_000;
/** What `npm start` alone does. */
const MAIN_JOB = ["build-all"];

/**
 * Runs what the command line asks for, and ends the process when all of its children have ended.
 *
 * @param words The command line without the program; nothing: build-all.
 * @param moduleFolder Folder of the module whose functions can be called; default: this project.
 */
export async function main(words: readonly string[], moduleFolder = ROOT): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stop(stopping, signal);
    });
  }
  watchNpm(stopping);
  const terminal = realTerminal(stopping.signal);
  // The SDK leaves the end of its session program unwatched; when a signal ends both, that is no news.
  process.on("unhandledRejection", (error) => {
    if (!stopping.signal.aborted) {
      fail(error, words, terminal);
      process.exit();
    }
  });
  try {
    const exitCode = await run(words, moduleFolder, terminal);
    stopping.signal.throwIfAborted();
    process.exitCode = exitCode;
  } catch (error) {
    fail(stopping.signal.aborted ? stopping.signal.reason : error, words, terminal);
  }
  await childrenEnded();
  process.exit();
}

async function run(words: readonly string[], moduleFolder: string, terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === "test") {
    const { runTests } = await import("./cli/test-run.ts");
    return runTests(rest, ROOT, terminal);
  }
  if (first === "down" || first === "embedded:down") {
    return stopEngine(terminal);
  }
  return runCommandLine(words.length === 0 ? MAIN_JOB : words, moduleFolder, terminal);
}

/** Stops every engine of the cache, also those that a killed test has left. */
async function stopEngine(terminal: Terminal): Promise<number> {
  const { embeddedStateNames, stopEmbeddedEngine } = await import("./engine/index.ts");
  const { environment, say } = terminal;
  const options = { progress: progressOf(say), environment };
  let stopped = false;
  for (const stateName of await embeddedStateNames(options)) {
    stopped = (await stopEmbeddedEngine({ ...options, stateName })) || stopped;
  }
  say(stopped ? "the embedded engine is stopped" : "no embedded engine was running");
  return 0;
}

function realTerminal(signal: AbortSignal): Terminal {
  return {
    environment: { ...process.env },
    // npm runs scripts in the project's folder and keeps the caller's in this variable.
    folder: process.env.INIT_CWD ?? process.cwd(),
    columns: process.stdout.columns || 100,
    print: (text) => process.stdout.write(text),
    say: (line) => {
      console.error(line);
    },
    setVariables: (variables) => {
      for (const [name, value] of Object.entries(variables)) {
        if (value === undefined) {
          Reflect.deleteProperty(process.env, name);
        } else {
          process.env[name] = value;
        }
      }
    },
    signal,
  };
}

function stop(stopping: AbortController, signal: StopSignal): void {
  console.error(stopping.signal.aborted ? "still stopping ..." : `${signal}: stopping ...`);
  stopping.abort(new StoppedError(signal));
}

/** npm may be killed without a word to the program that it runs; then nobody waits for the result any more. */
function watchNpm(stopping: AbortController): void {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => {
      if (process.ppid !== parent && !stopping.signal.aborted) {
        stop(stopping, "SIGTERM");
      }
    }, 1000).unref();
  }
}

function fail(error: unknown, words: readonly string[], terminal: Terminal): void {
  const verbose = words.includes("--verbose") || words.includes("-v");
  const failure = describeRunFailure(error, { verbose });
  terminal.say(failure.text);
  process.exitCode = failure.exitCode;
}

/** The session program ends a moment after the session; whoever waits for this process shall not find it running. */
async function childrenEnded(): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (process.getActiveResourcesInfo().includes("ProcessWrap") && performance.now() < deadline) {
    await wait(10);
  }
}

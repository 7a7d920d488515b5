/** Runs one command line that names a function of the module, or asks for help. */

import { statSync } from "node:fs";
import path from "node:path";

import { cacheRoot } from "../engine/cache-paths.ts";
import { planCall } from "./call-plan.ts";
import type { Situation } from "./call-plan.ts";
import { readCommandLine } from "./command-line.ts";
import type { Command } from "./command-line.ts";
import { describeRunFailure } from "./failure.ts";
import type { Caller } from "./flag-value.ts";
import { functionHelp, moduleHelp } from "./help.ts";
import { contextFolderOf, readModulePlace } from "./module-place.ts";
import type { RunEngine } from "./run-engine.ts";
import { prepareEngine } from "./run-engine.ts";
import { openRunLog, runLabel } from "./run-log.ts";
import { loadSurface } from "./surface-cache.ts";
import type { Surface } from "./surface.ts";
import type { Terminal } from "./terminal.ts";

type Call = Extract<Command, { kind: "call" }>;

/**
 * Runs a command line and returns the exit code of the process.
 *
 * @param words The command line without the program.
 * @param moduleFolder Folder of the module's dagger.json.
 */
export async function runCommandLine(
  words: readonly string[],
  moduleFolder: string,
  terminal: Terminal,
): Promise<number> {
  const cache = cacheRoot(terminal.environment);
  const place = await readModulePlace(moduleFolder);
  const surface = await loadSurface(place, cache, () => {
    terminal.say("reading the module's functions ...");
  });
  const command = readCommandLine(surface, words);
  if (command.kind === "help") {
    const { columns } = terminal;
    const help =
      command.function === undefined ? moduleHelp(surface, columns) : functionHelp(command.function, columns);
    terminal.print(`${help}\n`);
    return 0;
  }
  return runCall(surface, command, moduleFolder, terminal);
}

async function runCall(surface: Surface, call: Call, moduleFolder: string, terminal: Terminal): Promise<number> {
  const situation: Situation = {
    caller: callerOf(terminal),
    moduleFolder,
    contextFolder: await contextFolderOf(moduleFolder),
    substitutes: {},
  };
  // Planned before there is an engine, so that a mistake on the command line costs no time.
  planCall(surface, call, situation);
  const engine = await prepareEngine(terminal);
  terminal.setVariables(engine.variables);
  try {
    return await runInEngine(surface, call, withStandIns(situation, engine), terminal);
  } finally {
    if (terminal.signal.aborted) {
      await engine.stopStarted();
    }
  }
}

/** In embedded mode the lock that names the stand-ins takes the place of the one that names official images. */
function withStandIns(situation: Situation, { embedded }: RunEngine): Situation {
  return embedded === undefined ? situation : { ...situation, substitutes: { images: embedded.imagesLock } };
}

async function runInEngine(surface: Surface, call: Call, situation: Situation, terminal: Terminal): Promise<number> {
  const { options } = call;
  const label = runLabel(call.function.name, new Date(), process.pid);
  const echo = options.verbose ? echoTo(terminal) : undefined;
  const log = await openRunLog(cacheRoot(terminal.environment), label, echo);
  const output = options.output === undefined ? {} : { output: path.resolve(terminal.folder, options.output) };
  try {
    // Loads the SDK, which reads the variables of the engine.
    const { invoke } = await import("./invoke.ts");
    const shown = await invoke({
      entry: path.join(situation.moduleFolder, "src", "index.ts"),
      className: surface.className,
      method: call.function.method,
      plan: planCall(surface, call, situation),
      options: { ...options, ...output },
      log: log.stream,
      signal: terminal.signal,
    });
    if (shown.text !== undefined) {
      terminal.print(shown.text === "" || shown.text.endsWith("\n") ? shown.text : `${shown.text}\n`);
    }
    if (shown.remark !== undefined) {
      terminal.say(shown.remark);
    }
    return 0;
  } catch (error) {
    terminal.signal.throwIfAborted();
    const failure = describeRunFailure(error, { verbose: options.verbose, logFile: log.file });
    terminal.say(failure.text);
    return failure.exitCode;
  }
}

function echoTo({ say }: Terminal): (text: string) => void {
  return (text) => {
    if (text.trim() !== "") {
      say(text.trimEnd());
    }
  };
}

function callerOf(terminal: Terminal): Caller {
  return {
    folder: terminal.folder,
    environment: terminal.environment,
    kindOfPath: (file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found === undefined ? "missing" : found.isDirectory() ? "directory" : "file";
    },
  };
}

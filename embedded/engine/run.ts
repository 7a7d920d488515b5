/** Runs one command of a step: ends with the signal, keeps the last lines for the error. */

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

import { StepFailedError } from "./errors.ts";
import { nextStepFor } from "./next-step.ts";

const TAIL_LINES = 25;
const PATIENCE_MS = 5000;
const SBIN = "/usr/local/sbin:/usr/sbin:/sbin";

/** One command. */
export type Command = {
  /** What the command is for; first words of the error, e.g. `compiling dagger-engine`. */
  readonly step: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder?: string;
  /** Variables on top of those of the run. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Text for standard input; without it there is none. */
  readonly input?: string;
};

/** What a command needs of the run it belongs to. */
export type Surroundings = {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/**
 * Runs a command and returns its standard output. It is the leader of its own process group, so that the whole group
 * can be ended: first with SIGTERM, five seconds later with SIGKILL. Were this process killed itself, the command is
 * told by the kernel.
 */
export async function runCommand(surroundings: Surroundings, command: Command): Promise<string> {
  const { signal } = surroundings;
  signal.throwIfAborted();
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", command.program, ...command.arguments], {
    cwd: command.folder,
    env: { ...surroundings.environment, ...command.variables },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stopWatching = endWith(child, signal);
  const tail: string[] = [];
  const output: string[] = [];
  collect(child.stdout, (text) => output.push(text), tail);
  collect(child.stderr, () => undefined, tail);
  // A command may end without reading its input; its exit code says enough.
  child.stdin.on("error", () => undefined);
  child.stdin.end(command.input ?? "");
  const ended = await endOf(child);
  stopWatching();
  signal.throwIfAborted();
  if (ended !== "exit code 0") {
    const failure = { step: command.step, command: [command.program, ...command.arguments], ended, tail };
    throw new StepFailedError(failure, await nextStepFor(command, surroundings));
  }
  return output.join("");
}

/** Copies variables that are set, and makes sure that the programs of an administrator are found. */
export function childEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) {
      variables[name] = value;
    }
  }
  const path = environment.PATH;
  const found = path === undefined || path === "" ? "/usr/local/bin:/usr/bin:/bin" : path;
  return { ...variables, PATH: `${found}:${SBIN}`, LC_ALL: "C.UTF-8" };
}

/** Sends a signal to a process, or with a negative id to a group; one that is gone already is fine. */
export function sendSignal(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

function endWith(child: ChildProcess, signal: AbortSignal): () => void {
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    const group = child.pid === undefined ? undefined : -child.pid;
    if (group !== undefined) {
      sendSignal(group, "SIGTERM");
      killer = setTimeout(() => {
        sendSignal(group, "SIGKILL");
      }, PATIENCE_MS);
    }
  };
  signal.addEventListener("abort", end, { once: true });
  return () => {
    signal.removeEventListener("abort", end);
    clearTimeout(killer);
  };
}

function collect(stream: Readable, keep: (text: string) => void, tail: string[]): void {
  let unfinished = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    keep(text);
    const lines = (unfinished + text).split(/\r?\n|\r/);
    unfinished = lines.pop() ?? "";
    push(tail, lines);
  });
  stream.on("end", () => {
    push(tail, [unfinished]);
  });
}

function push(tail: string[], lines: readonly string[]): void {
  tail.push(...lines.filter((line) => line.trim() !== "").slice(-TAIL_LINES));
  tail.splice(0, Math.max(0, tail.length - TAIL_LINES));
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(`did not start: ${error.message}`);
    });
    child.once("close", (code, signalName) => {
      resolve(signalName === null ? `exit code ${code ?? -1}` : `ended by ${signalName}`);
    });
  });
}

/** Runs one command of a test run, with its output on the terminal. */

import { spawn } from "node:child_process";

import { sendSignal } from "../engine/run.ts";

const PATIENCE_MS = 10_000;

/** A command with its surroundings. */
export type StageCommand = {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
};

/**
 * Runs a command and returns its exit code; a command that does not start or that a signal ends counts as 1. When the
 * run is asked to end, the command and all of its children are.
 */
export async function runStageCommand(command: StageCommand): Promise<number> {
  command.signal.throwIfAborted();
  const child = spawn(command.program, [...command.arguments], {
    cwd: command.folder,
    env: { ...command.environment },
    // A group of its own, so that it can be ended as a whole.
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    const { pid } = child;
    if (pid !== undefined) {
      sendSignal(-pid, "SIGTERM");
      killer = setTimeout(() => {
        sendSignal(-pid, "SIGKILL");
      }, PATIENCE_MS);
    }
  };
  command.signal.addEventListener("abort", end, { once: true });
  const code = await new Promise<number>((resolve) => {
    child.once("error", () => {
      resolve(1);
    });
    child.once("close", (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  command.signal.removeEventListener("abort", end);
  clearTimeout(killer);
  command.signal.throwIfAborted();
  return code;
}

/** Asks the machine for a container runtime that could run the official engine. */

import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import path from "node:path";

import type { RuntimeProbe } from "./engine-choice.ts";

/** Programs that Dagger runs its engine with, and the question that tells whether they work; Dagger asks the same. */
const RUNTIMES = [
  { name: "docker", question: ["version"] },
  ...(process.platform === "darwin" ? [{ name: "container", question: ["system", "status"] }] : []),
  { name: "podman", question: ["version"] },
  { name: "finch", question: ["version"] },
  { name: "nerdctl", question: ["version"] },
];
const PATIENCE_MS = 2000;

/**
 * Asks the first runtime that is installed. The others do not count, because Dagger stops at the first one as well, even
 * where that one does not answer.
 */
export async function probeRuntime(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<RuntimeProbe> {
  for (const { name, question } of RUNTIMES) {
    if (await isInstalled(name, environment.PATH ?? "")) {
      const answers = await succeeds(name, question, signal);
      signal.throwIfAborted();
      return answers ? { answers, name } : { answers, reason: `${name} is installed but does not answer` };
    }
  }
  return { answers: false, reason: `no container runtime: none of ${RUNTIMES.map(({ name }) => name).join(", ")}` };
}

async function isInstalled(program: string, searchPath: string): Promise<boolean> {
  const found = await Promise.allSettled(
    searchPath
      .split(path.delimiter)
      .filter((folder) => folder !== "")
      .map((folder) => access(path.join(folder, program), constants.X_OK)),
  );
  return found.some(({ status }) => status === "fulfilled");
}

function succeeds(program: string, question: readonly string[], signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...question], {
      stdio: "ignore",
      signal,
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    child.once("error", () => {
      resolve(false);
    });
    child.once("close", (code) => {
      resolve(code === 0);
    });
  });
}

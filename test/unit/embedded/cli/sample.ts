/** The small module of test/fixtures/runner, as the tests of the command line see it. */
import { tmpdir } from "node:os";
import path from "node:path";

import type { Command } from "../../../../embedded/cli/command-line.ts";
import { readCommandLine } from "../../../../embedded/cli/command-line.ts";
import { loadSurface } from "../../../../embedded/cli/surface-cache.ts";
import type { ArgumentSurface, Surface } from "../../../../embedded/cli/surface.ts";

/** Folder of the module. */
export const SAMPLE_FOLDER = path.resolve(import.meta.dirname, "../../../fixtures/runner");

/** Where the tests keep surfaces between runs. */
export const SAMPLE_CACHE = path.join(tmpdir(), "slipway-unit-tests");

/** What the module offers. */
export async function sampleSurface(): Promise<Surface> {
  return loadSurface({ folder: SAMPLE_FOLDER, name: "sample" }, SAMPLE_CACHE, () => undefined);
}

/** An argument that takes what is given and has no specialities. */
export function argument(given: Partial<ArgumentSurface> & Pick<ArgumentSurface, "name" | "type">): ArgumentSurface {
  const plain = { description: "", isRequired: false, isNullable: false, isVariadic: false, ignore: [] };
  return { ...plain, flag: given.name, ...given };
}

/** Reads a command line that calls a function. */
export function readCall(surface: Surface, words: readonly string[]): Extract<Command, { kind: "call" }> {
  const command = readCommandLine(surface, words);
  if (command.kind !== "call") {
    throw new Error("the command line asks for help");
  }
  return command;
}

/** The message of what a piece of work throws. */
export function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("nothing was thrown");
}

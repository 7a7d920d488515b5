/** Judges a `dagger call` by the module's own surface, as the runner would, without an engine. */
import { statSync } from "node:fs";
import path from "node:path";

import { planCall } from "../../embedded/cli/call-plan.ts";
import { readCommandLine } from "../../embedded/cli/command-line.ts";
import { readModulePlace } from "../../embedded/cli/module-place.ts";
import { loadSurface } from "../../embedded/cli/surface-cache.ts";
import type { FunctionSurface, Surface } from "../../embedded/cli/surface.ts";

/** This repository. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

/**
 * Functions that are announced and not there yet, which may be called before they are. A function that has come is
 * taken off the list: it is then judged with all its arguments.
 */
export const ANNOUNCED: readonly string[] = [];

/** Words that dagger itself puts behind a function, by what the function returns. */
const CHAINS: Readonly<Record<string, readonly RegExp[]>> = {
  Service: [/^up( --ports \d+:\d+)*$/, /^endpoint$/],
  Container: [/^terminal$/, /^as-tarball$/, /^publish --address \S+$/],
};

/** Where a command is run. */
export type Place = {
  readonly folder: string;
  /** Variables that are set there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What commands before have written, by full path; what this one writes is added. */
  readonly written: Map<string, "file" | "directory">;
};

/** The surface of this module, as the SDK's own introspector sees it. */
export async function moduleSurface(cache: string): Promise<Surface> {
  return loadSurface(await readModulePlace(ROOT), cache, () => undefined);
}

/**
 * What is wrong with the words behind `dagger call` or `npm start --`, or nothing.
 *
 * @param surface What the module offers.
 * @param words Words of the command line.
 * @param place Where it is run; files and variables that it names must be there.
 */
export function callProblems(surface: Surface, words: readonly string[], place: Place): string[] {
  const announced = words.find((word) => !word.startsWith("-"));
  const isThere = surface.functions.some(({ name }) => name === announced);
  if (announced !== undefined && !isThere && ANNOUNCED.includes(announced)) return [];
  try {
    const { own, chained, called } = splitChain(surface, words);
    if (chained !== "" && !isChain(called, chained)) return [`"${chained}" does not go behind ${called?.name ?? "it"}`];
    const command = readCommandLine(surface, own);
    if (command.kind === "help" || chained !== "") return [];
    planCall(surface, command, {
      caller: {
        folder: place.folder,
        environment: place.environment,
        kindOfPath: (file) => place.written.get(file) ?? kindOfPath(file),
      },
      ...{ moduleFolder: ROOT, contextFolder: ROOT, substitutes: {} },
    });
    const { returns } = command.function;
    const isFolder = returns.kind === "object" && returns.name === "Directory";
    const { output } = command.options;
    if (output !== undefined) {
      const written = path.resolve(place.folder, output);
      // Its folder is made with it, where there is none.
      if (path.dirname(written) !== place.folder) place.written.set(path.dirname(written), "directory");
      place.written.set(written, isFolder ? "directory" : "file");
    }
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Splits what goes to the module's function from what follows it. */
function splitChain(surface: Surface, words: readonly string[]) {
  const at = words.findIndex((word) => surface.functions.some(({ name }) => name === word));
  const called = surface.functions.find(({ name }) => name === words[at]);
  const firsts = Object.values(CHAINS).flatMap((chains) =>
    chains.map(({ source }) => /^\^([a-z-]+)/.exec(source)?.[1]),
  );
  const end = words.findIndex((word, index) => at >= 0 && index > at && firsts.includes(word));
  return {
    own: end === -1 ? words : words.slice(0, end),
    chained: end === -1 ? "" : words.slice(end).join(" "),
    called,
  };
}

function isChain(called: FunctionSurface | undefined, chained: string): boolean {
  const name = called?.returns.kind === "object" ? called.returns.name : "";
  return (CHAINS[name] ?? []).some((form) => form.test(chained));
}

function kindOfPath(file: string): "file" | "directory" | "missing" {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return "missing";
  return stats.isDirectory() ? "directory" : "file";
}

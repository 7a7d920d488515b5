/** The module's surface, as the SDK's own introspector sees it: what people and pipelines rely on. */
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { RUNNER_FLAGS } from "../../embedded/cli/command-line.ts";
import { isWritable } from "../../embedded/cli/flag-value.ts";
import { readModulePlace } from "../../embedded/cli/module-place.ts";
import { loadSurface } from "../../embedded/cli/surface-cache.ts";
import type { ArgumentSurface, FunctionSurface, Surface } from "../../embedded/cli/surface.ts";
import { typeName } from "../../embedded/cli/surface.ts";
import { SAMPLE_CACHE } from "./embedded/cli/sample.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Functions whose result depends on more than their arguments, so that no engine may reuse it. */
const TOUCHES_THE_OUTSIDE = [
  "build-all",
  "findings",
  "lint",
  "plan",
  "promote",
  "publish",
  "publish-images",
  "validate",
  "verify",
  "versions",
];
const RUNNER_COMMANDS = ["test", "down", "bench"];

let surface: Surface;
beforeAll(async () => {
  surface = await loadSurface(await readModulePlace(ROOT), SAMPLE_CACHE, () => undefined);
}, 60_000);

function everyArgument(): { owner: string; argument: ArgumentSurface }[] {
  const ofConstructor = surface.constructorArguments.map((argument) => ({ owner: "the module", argument }));
  const ofFunctions = surface.functions.flatMap(({ name, arguments: known }) =>
    known.map((argument) => ({ owner: name, argument })),
  );
  return [...ofConstructor, ...ofFunctions];
}

function row(called: FunctionSurface): string {
  const known = called.arguments.map(
    ({ flag, type, isRequired }) => `--${flag} ${typeName(type)}${isRequired ? "" : "?"}`,
  );
  return [called.name, ...known, "->", typeName(called.returns)].join(" ");
}

describe("the module", () => {
  it("is the class Slipway and describes itself", () => {
    expect(surface.className).toBe("Slipway");
    expect(surface.description).toMatch(/^[A-Z].{60,}/s);
  });

  // P-01: the functions of the card, and of what came to them.
  it("has these functions with these arguments", () => {
    const module: FunctionSurface = {
      ...{ method: "", name: "slipway", description: "", returns: { kind: "void" } },
      arguments: surface.constructorArguments,
    };
    expect([module, ...surface.functions].map(row).join("\n")).toMatchSnapshot();
  });

  it("describes every function by what it returns or does", () => {
    const silent = surface.functions.filter(({ description }) => !/^[A-Z][a-z]+s? .*\.$/s.test(description.trim()));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("describes every argument in a sentence", () => {
    const silent = everyArgument().filter(({ argument }) => !/^[A-Z].*\.$/s.test(argument.description.trim()));
    expect(silent.map(({ owner, argument }) => `${owner} --${argument.flag}`)).toEqual([]);
  });

  it("lets no engine reuse what depends on the outside", () => {
    const reused = surface.functions.filter(
      ({ name, cache }) => TOUCHES_THE_OUTSIDE.includes(name) && cache !== "never",
    );
    expect(reused.map(({ name }) => name)).toEqual([]);
    expect(surface.functions.map(({ name }) => name)).toEqual(expect.arrayContaining(TOUCHES_THE_OUTSIDE));
  });

  it("uploads by allow-list wherever it reads the repository by itself", () => {
    const open = everyArgument().filter(
      ({ argument }) => argument.defaultPath !== undefined && argument.ignore[0] !== "*",
    );
    const directories = open.filter(({ argument }) => typeName(argument.type) === "Directory");
    expect(directories.map(({ owner, argument }) => `${owner} --${argument.flag}`)).toEqual([]);
  });

  it("takes only what a command line can say", () => {
    const unwritable = everyArgument().filter(({ argument }) => argument.isRequired && !isWritable(argument.type));
    expect(unwritable.map(({ owner, argument }) => `${owner} --${argument.flag}`)).toEqual([]);
  });

  it("keeps clear of the names of the runner", () => {
    const runnerFlags: readonly string[] = RUNNER_FLAGS;
    const flags = everyArgument().filter(({ argument }) => runnerFlags.includes(argument.flag));
    const functions = surface.functions.filter(({ name }) => RUNNER_COMMANDS.includes(name));
    expect([...flags, ...functions]).toEqual([]);
  });
});

/** Reads a command line into the call of a function: which function, which flags, how to show the result. */

import type { ParseArgsConfig } from "node:util";
import { parseArgs } from "node:util";

import { isWritable } from "./flag-value.ts";
import type { ArgumentSurface, FunctionSurface, Surface } from "./surface.ts";
import { FlagValueError, MODULE, UnexpectedWordError, UnknownFlagError, UnknownFunctionError } from "./usage-errors.ts";

/** What a flag was given, in the order of the command line, by the argument's name in the source. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/** Options of the runner itself; `dagger call` spells them alike. */
export type RunnerOptions = {
  /** File or directory that the result is saved to. */
  readonly output?: string;
  readonly json: boolean;
  readonly verbose: boolean;
};

/** What a command line asks for. */
export type Command =
  | { readonly kind: "help"; readonly function?: FunctionSurface }
  | {
      readonly kind: "call";
      readonly function: FunctionSurface;
      readonly constructorFlags: GivenFlags;
      readonly functionFlags: GivenFlags;
      readonly options: RunnerOptions;
    };

/** Names that the runner keeps to itself; no argument of a module may have one. */
export const RUNNER_FLAGS = ["help", "json", "output", "verbose"] as const;

const RUNNER_OPTIONS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean", short: "j" },
  output: { type: "string", short: "o" },
  verbose: { type: "boolean", short: "v" },
} as const;

type Part = {
  readonly flags: Map<string, string[]>;
  readonly word?: { readonly text: string; readonly index: number };
};

/**
 * Reads a command line: flags of the constructor, the name of a function, flags of the function. The runner's own
 * options may stand anywhere.
 *
 * @param surface What the module offers.
 * @param words The command line without the program.
 */
export function readCommandLine(surface: Surface, words: readonly string[]): Command {
  const first = readPart(words, surface.constructorArguments, MODULE, []);
  if (first.word === undefined || isHelp(first)) {
    return { kind: "help" };
  }
  const { text, index } = first.word;
  const called = surface.functions.find(({ name, method }) => name === text || method === text);
  if (called === undefined) {
    throw new UnknownFunctionError(
      text,
      surface.functions.map(({ name }) => name),
    );
  }
  const rest = words.slice(index + 1);
  const second = readPart(rest, called.arguments, called.name, surface.constructorArguments);
  if (isHelp(second)) {
    return { kind: "help", function: called };
  }
  if (second.word !== undefined) {
    throw new UnexpectedWordError(second.word.text, called.name);
  }
  const options = runnerOptions([first, second]);
  return { kind: "call", function: called, constructorFlags: first.flags, functionFlags: second.flags, options };
}

/** Reads flags up to the first word that is none. */
function readPart(
  words: readonly string[],
  known: readonly ArgumentSurface[],
  owner: string,
  ofModule: readonly ArgumentSurface[],
): Part {
  const named = known.filter(({ type }) => isWritable(type));
  const byName = new Map(named.flatMap((argument) => [argument.flag, argument.name].map((name) => [name, argument])));
  const options: ParseArgsConfig["options"] = { ...RUNNER_OPTIONS };
  for (const [name, argument] of byName) {
    options[name] = { type: argument.type.kind === "boolean" ? "boolean" : "string" };
  }
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const flags = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") {
      return { flags, word: { text: token.value, index: token.index } };
    }
    if (token.kind === "option") {
      const name = byName.get(token.name)?.name ?? RUNNER_FLAGS.find((flag) => flag === token.name);
      if (name === undefined) {
        const belongsBefore = ofModule.some(({ flag, name: other }) => flag === token.name || other === token.name);
        const flagNames = named.map(({ flag }) => flag);
        throw new UnknownFlagError(token.name, owner, flagNames, { belongsBefore });
      }
      const text = token.value ?? valueOfBare(token.name, options);
      flags.set(name, [...(flags.get(name) ?? []), text]);
    }
  }
  return { flags };
}

/** A flag without a value is a switch that is on; any other flag needs its value. */
function valueOfBare(flag: string, options: NonNullable<ParseArgsConfig["options"]>): string {
  if (options[flag]?.type === "boolean") {
    return "true";
  }
  throw new FlagValueError(flag, "the value is missing", `write --${flag} VALUE`);
}

function isHelp(part: Part): boolean {
  return part.flags.get("help")?.at(-1) === "true";
}

function runnerOptions(parts: readonly Part[]): RunnerOptions {
  const last = (name: string) => parts.flatMap(({ flags }) => flags.get(name) ?? []).at(-1);
  const output = last("output");
  return {
    ...(output === undefined ? {} : { output }),
    json: last("json") === "true",
    verbose: last("verbose") === "true",
  };
}

/** Plans a call: every argument of the constructor and of the function, in the order in which the source declares it. */

import path from "node:path";

import type { Command, GivenFlags } from "./command-line.ts";
import type { Caller, PlannedValue } from "./flag-value.ts";
import { isWritable, planValue } from "./flag-value.ts";
import type { ArgumentSurface, FunctionSurface, Surface } from "./surface.ts";
import { typeName } from "./surface.ts";
import { FlagValueError, MissingFlagsError, MODULE, UnsupportedFunctionError } from "./usage-errors.ts";

/** Values in the order of the parameters. */
export type CallPlan = {
  readonly constructorValues: readonly PlannedValue[];
  readonly functionValues: readonly PlannedValue[];
};

/** What a plan depends on besides the command line. */
export type Situation = {
  readonly caller: Caller;
  /** Folder of dagger.json; relative default paths start from it. */
  readonly moduleFolder: string;
  /** Root of the repository; default paths with a leading slash start from it. */
  readonly contextFolder: string;
  /** Paths by argument of the constructor, for those that the caller left out. */
  readonly substitutes: Readonly<Record<string, string>>;
};

const NEEDS_DAGGER: Readonly<Record<string, string>> = {
  Changeset: "its result is a set of changes to apply",
  LLM: "its result is a conversation",
  Service: "its result is a service, which somebody has to keep up",
};

/** Plans a call. Whatever is missing or malformed is refused here, before an engine is needed. */
export function planCall(
  surface: Surface,
  command: Extract<Command, { kind: "call" }>,
  situation: Situation,
): CallPlan {
  refuseUnsupported(command.function);
  return {
    constructorValues: planArguments(MODULE, surface.constructorArguments, command.constructorFlags, situation),
    functionValues: planArguments(command.function.name, command.function.arguments, command.functionFlags, {
      ...situation,
      substitutes: {},
    }),
  };
}

function refuseUnsupported(called: FunctionSurface): void {
  const { returns } = called;
  const result = returns.kind === "list" ? returns.element : returns;
  if (result.kind === "object") {
    const reason = result.ours ? `its result is an object (${result.name}) with functions` : NEEDS_DAGGER[result.name];
    if (reason !== undefined) {
      throw new UnsupportedFunctionError(called.name, reason);
    }
  }
  const unwritable = called.arguments.find(({ isRequired, type }) => isRequired && !isWritable(type));
  if (unwritable !== undefined) {
    const { flag, type } = unwritable;
    throw new UnsupportedFunctionError(called.name, `--${flag} takes a value of type ${typeName(type)}`);
  }
}

function planArguments(
  owner: string,
  known: readonly ArgumentSurface[],
  given: GivenFlags,
  situation: Situation,
): PlannedValue[] {
  const missing = known.filter(({ isRequired, name }) => isRequired && !given.has(name));
  if (missing.length > 0) {
    throw new MissingFlagsError(
      owner,
      missing.map(({ flag, type }) => ({ flag, type: typeName(type) })),
    );
  }
  return known.flatMap((argument) => {
    const texts = given.get(argument.name);
    const value = texts === undefined ? planDefault(argument, situation) : planValue(argument, texts, situation.caller);
    return argument.isVariadic ? spread(value) : [value];
  });
}

/** What is left out is undefined, so that the default of the source applies, or null where the source asks for that. */
function planDefault(argument: ArgumentSurface, situation: Situation): PlannedValue {
  const { type, defaultPath, defaultAddress, ignore } = argument;
  const substitute = situation.substitutes[argument.name];
  if (type.kind === "object" && (type.name === "File" || type.name === "Directory")) {
    const address =
      substitute ?? (defaultPath === undefined ? undefined : contextPath(argument, defaultPath, situation));
    if (address !== undefined) {
      return { kind: "address", type: type.name, address, ignore: type.name === "Directory" ? ignore : [] };
    }
  }
  if (defaultAddress !== undefined) {
    return { kind: "address", type: "Container", address: defaultAddress, ignore: [] };
  }
  const isNull = argument.isNullable && argument.defaultValue === undefined;
  return { kind: "data", value: isNull ? null : undefined };
}

/** A default path starts from the repository's root or from the module's folder, and never leaves the repository. */
function contextPath(argument: ArgumentSurface, defaultPath: string, situation: Situation): string {
  const { contextFolder, moduleFolder } = situation;
  const full = defaultPath.startsWith("/")
    ? path.join(contextFolder, defaultPath)
    : path.resolve(moduleFolder, defaultPath);
  const inside = path.relative(contextFolder, full);
  if (inside === ".." || inside.startsWith(`..${path.sep}`)) {
    const nextStep = `give a path yourself: --${argument.flag} PATH`;
    throw new FlagValueError(argument.flag, `the default path ${defaultPath} leaves the repository`, nextStep);
  }
  return full.replace(/(?<=.)\/$/, "");
}

function spread(value: PlannedValue): readonly PlannedValue[] {
  return value.kind === "list" ? value.items : [];
}

/** Turns the text of a flag into a value, or into the plan of a value that only an engine can make. */

import path from "node:path";

import type { ArgumentSurface, ValueType } from "./surface.ts";
import { FlagValueError } from "./usage-errors.ts";

/** Dagger types that are made from an address on the command line. */
export const ADDRESS_TYPES = [
  "CacheVolume",
  "Container",
  "Directory",
  "File",
  "GitRef",
  "GitRepository",
  "Secret",
  "Service",
  "Socket",
] as const;

/** A Dagger type that is made from an address. */
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** A value, or how to make it. */
export type PlannedValue =
  | { readonly kind: "data"; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: "list"; readonly items: readonly PlannedValue[] }
  | {
      readonly kind: "address";
      readonly type: AddressType;
      readonly address: string;
      readonly ignore: readonly string[];
    };

/** What the caller's machine says; asked only about what the command line names. */
export type Caller = {
  /** Folder that relative paths start from. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly kindOfPath: (file: string) => "file" | "directory" | "missing";
};

const SECRET_SOURCES = ["env", "file", "cmd", "op", "vault", "libsecret"] as const;
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/** True when a value of the type can be written on a command line. */
export function isWritable(type: ValueType): boolean {
  if (type.kind === "list") {
    return type.element.kind !== "list" && isWritable(type.element);
  }
  return type.kind === "object" ? addressType(type) !== undefined : type.kind !== "void";
}

/** Plans the value of an argument from what its flag was given, in the order of the command line. */
export function planValue(argument: ArgumentSurface, texts: readonly string[], caller: Caller): PlannedValue {
  const { type } = argument;
  if (type.kind === "list") {
    const items = texts.flatMap((text) => splitList(text));
    return { kind: "list", items: items.map((text) => planOne(argument, type.element, text, caller)) };
  }
  return planOne(argument, type, texts.at(-1) ?? "", caller);
}

function planOne(argument: ArgumentSurface, type: ValueType, text: string, caller: Caller): PlannedValue {
  const { flag } = argument;
  switch (type.kind) {
    case "string":
    case "scalar":
      return { kind: "data", value: text };
    case "integer":
      return planNumber(flag, text, /^[+-]?\d+$/, "a whole number");
    case "float":
      return planNumber(flag, text, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, "a number");
    case "boolean":
      return planBoolean(flag, text);
    case "enum":
      return planEnum(flag, text, type.values);
    case "object":
      return planAddress(argument, addressType(type), text, caller);
    case "list":
    case "void":
      throw new FlagValueError(flag, "a value of this type cannot be written on a command line", "leave it out");
  }
}

function planNumber(flag: string, text: string, form: RegExp, expected: string): PlannedValue {
  if (!form.test(text)) {
    throw new FlagValueError(flag, `"${text}" is not ${expected}`, `give ${expected}, for example --${flag} 3`);
  }
  return { kind: "data", value: Number(text) };
}

function planBoolean(flag: string, text: string): PlannedValue {
  if (TRUE.includes(text)) {
    return { kind: "data", value: true };
  }
  if (FALSE.includes(text)) {
    return { kind: "data", value: false };
  }
  throw new FlagValueError(flag, `"${text}" is neither true nor false`, `write --${flag} or --${flag}=false`);
}

function planEnum(flag: string, text: string, values: readonly string[]): PlannedValue {
  const value = values.find((allowed) => allowed.toLowerCase() === text.toLowerCase());
  if (value === undefined) {
    throw new FlagValueError(flag, `no value "${text}"`, `give one of: ${values.join(", ")}`);
  }
  return { kind: "data", value };
}

function planAddress(
  argument: ArgumentSurface,
  type: AddressType | undefined,
  text: string,
  caller: Caller,
): PlannedValue {
  const { flag, ignore } = argument;
  if (type === undefined || text === "") {
    throw new FlagValueError(flag, "the value is empty", `write --${flag} VALUE`);
  }
  switch (type) {
    case "Directory":
    case "File": {
      const address = hostPath(flag, text, type, caller);
      return { kind: "address", type, address, ignore: type === "Directory" ? ignore : [] };
    }
    case "Secret":
      return { kind: "address", type, address: secretAddress(flag, text, caller), ignore: [] };
    case "Service":
      if (!/^(tcp|udp):\/\/[^/]+:\d+$/.test(text)) {
        throw new FlagValueError(flag, `"${text}" is no service`, "write tcp://HOST:PORT or udp://HOST:PORT");
      }
      return { kind: "address", type, address: text, ignore: [] };
    case "CacheVolume":
    case "Container":
    case "GitRef":
    case "GitRepository":
    case "Socket":
      return { kind: "address", type, address: text, ignore: [] };
  }
}

/** A path of the caller's machine in full; an address of a Git repository stays as it is. */
function hostPath(flag: string, text: string, type: "Directory" | "File", caller: Caller): string {
  if (/^(https?|ssh|git):\/\//.test(text) || /^[\w.-]+@[\w.-]+:/.test(text)) {
    return text;
  }
  const expected = type === "Directory" ? "directory" : "file";
  const full = fullPath(text.replace(/^file:\/\//, ""), caller);
  const found = caller.kindOfPath(full);
  if (found !== expected) {
    const problem = found === "missing" ? `no ${expected} at ${full}` : `${full} is a ${found}, not a ${expected}`;
    throw new FlagValueError(
      flag,
      problem,
      `give the path of a ${expected}; a relative one starts from ${caller.folder}`,
    );
  }
  return full;
}

/**
 * A secret is named, never written: what stands on a command line is seen in the list of processes and in shell
 * histories. The refused text may be the secret itself, so no error repeats it.
 */
function secretAddress(flag: string, text: string, caller: Caller): string {
  const [source = "", rest = ""] = splitOnce(text, ":");
  const name = rest.replace(/^\/\//, "");
  if (!SECRET_SOURCES.some((known) => known === source) || name === "") {
    throw new FlagValueError(
      flag,
      "a secret is not written on a command line, where the list of processes and the shell's history show it",
      `name where it is: --${flag} env://NAME or --${flag} file://PATH (also cmd://, op://, vault://, libsecret://)`,
    );
  }
  if (source === "env" && caller.environment[name] === undefined) {
    throw new FlagValueError(flag, `the environment has no variable ${name}`, `set it: \`export ${name}=...\``);
  }
  return source === "file" ? `file://${hostPath(flag, name, "File", caller)}` : `${source}://${name}`;
}

function fullPath(given: string, caller: Caller): string {
  const home = caller.environment.HOME;
  const isOfHome = (given === "~" || given.startsWith("~/")) && home !== undefined;
  return path.resolve(caller.folder, isOfHome ? path.join(home, given.slice(1)) : given);
}

/** Splits at commas; a part in double quotes may hold commas itself. */
function splitList(text: string): string[] {
  if (text === "") {
    return [];
  }
  const parts = text.match(/(?:^|,)(?:"(?:[^"]|"")*"|[^,]*)/g) ?? [];
  return parts.map((part) => {
    const bare = part.replace(/^,/, "");
    return /^".*"$/s.test(bare) ? bare.slice(1, -1).replaceAll('""', '"') : bare;
  });
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function addressType(type: ValueType): AddressType | undefined {
  return type.kind === "object" ? ADDRESS_TYPES.find((known) => known === type.name) : undefined;
}

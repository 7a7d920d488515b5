/**
 * Finds what a Dockerfile takes from its context. Where that cannot be told (a variable of unknown value, a form that is not
 * understood), more is taken for an input, and never less.
 */
import { posix } from "node:path";

import { type Instruction, readInstructions } from "../images/dockerfile.ts";

/** Stands for any text in a source: what a variable of unknown value may be. */
const ANYTHING = "**";

/** Patterns of paths below the context, of all stages; `**` is all of it. Forms: `*` within a name, `**` anything. */
export function contextSources(text: string, args: Readonly<Record<string, string>>): string[] {
  const steps = readInstructions(text);
  const sources = steps.flatMap((step, index) => {
    const values = (name: string) => valuesOf(name, steps, index, args);
    return takenBy(step).flatMap((source) => expand(source, values).flatMap(cleaned));
  });
  return [...new Set(sources)].sort();
}

/** Sources of one instruction, as they are written. */
function takenBy({ keyword, text }: Instruction): string[] {
  if (keyword === "RUN") return mountsOf(text);
  if (keyword !== "COPY" && keyword !== "ADD") return [];
  const flags = /^(?:--\S+\s+)*/.exec(text)?.[0] ?? "";
  if (/(^|\s)--from[=\s]/i.test(flags)) return [];
  const words = wordsOf(text.slice(flags.length)).slice(0, -1);
  // A heredoc brings its text itself.
  return words.filter((word) => !word.startsWith("<<")).map((word) => (word.includes("\\") ? ANYTHING : word));
}

function wordsOf(text: string): string[] {
  if (text.trimStart().startsWith("[")) {
    try {
      const listed: unknown = JSON.parse(text);
      if (Array.isArray(listed)) return listed.map(String);
    } catch {
      // BuildKit reads what is no list as words as well.
      return splitWords(text);
    }
  }
  return splitWords(text);
}

function splitWords(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  // A quote may hold a space, and then the words are other ones.
  const isOdd = words.some((word) => (word.match(/["']/g)?.length ?? 0) % 2 === 1);
  return isOdd ? [ANYTHING, ""] : words.map((word) => word.replace(/["']/g, ""));
}

/** Sources of `RUN --mount`, which takes from the context where it names no other place. */
function mountsOf(text: string): string[] {
  const flags = /^(?:--\S+\s+)*/.exec(`${text} `)?.[0] ?? "";
  return flags.split(/\s+/).flatMap((flag) => {
    const mount = /^--mount=(.*)$/i.exec(flag)?.[1];
    if (mount === undefined) return [];
    if (/["'\\]/.test(mount)) return [ANYTHING];
    const settings = new Map(
      mount.split(",").map((setting) => {
        const [name = "", ...value] = setting.split("=");
        return [name.trim().toLowerCase(), value.join("=").trim()];
      }),
    );
    const type = settings.get("type") ?? "bind";
    if (settings.has("from") || (type !== "bind" && !type.includes("$"))) return [];
    return [settings.get("source") ?? settings.get("src") ?? ANYTHING];
  });
}

/** Every value that a variable may have at an instruction. */
function valuesOf(
  name: string,
  steps: readonly Instruction[],
  at: number,
  args: Readonly<Record<string, string>>,
): string[] {
  const settings = steps.flatMap(({ keyword, text }, index) => {
    if (keyword !== "ARG" && keyword !== "ENV") return [];
    const set = new RegExp(String.raw`(?:^|\s)${name}(?:=("[^"]*"|'[^']*'|\S*)|(?=\s|$))`).exec(text);
    return set === null ? [] : [{ keyword, index, value: set[1]?.replace(/^(["'])(.*)\1$/, "$2") }];
  });
  // An environment may come from a base as well, and the engine sets some: what is set nowhere here can be anything.
  if (
    settings.length === 0 ||
    /^(?:TARGET|BUILD)[A-Z]+$/.test(name) ||
    settings.some(({ keyword }) => keyword === "ENV")
  )
    return [ANYTHING];
  const given = Object.hasOwn(args, name) ? args[name] : undefined;
  // Without a default of its own, an argument of a stage has that of the one before the first FROM.
  const first = steps.findIndex(({ keyword }) => keyword === "FROM");
  const common = settings.find(({ index, value }) => index < first && value !== undefined)?.value;
  const values = settings.map(({ value }) => given ?? value ?? common ?? ANYTHING);
  const stage = steps.slice(0, at).findLastIndex(({ keyword }) => keyword === "FROM");
  const isDeclared = settings.some(({ index }) => index > stage && index < at);
  // Behind FROM, an argument that the stage does not declare is that of the stage below, or empty.
  const all = [...new Set(isDeclared ? values : [...values, ""])];
  return all.map((value) => (/[$\\]/.test(value) ? ANYTHING : value));
}

/** A source with every value of its variables. */
function expand(source: string, valuesOfName: (name: string) => readonly string[]): string[] {
  const found = /\$(?:(\w+)|\{(\w+)\}|\{[^}]*\}|)/.exec(source);
  if (found === null) return [source];
  const name = found[1] ?? found[2];
  const values = name === undefined ? [ANYTHING] : valuesOfName(name);
  return values.flatMap((value) => {
    const rest = expand(source.slice(found.index + found[0].length), valuesOfName);
    return rest.map((behind) => `${source.slice(0, found.index)}${value}${behind}`);
  });
}

/** A source as a path below the context; nothing where it is fetched from elsewhere. */
function cleaned(source: string): string[] {
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source)) return [];
  const path = posix.normalize(`/${source}`).replace(/^\/+|\/+$/g, "");
  return [path === "" ? ANYTHING : path];
}

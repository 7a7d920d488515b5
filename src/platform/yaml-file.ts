/** Reads YAML into plain values and keeps where each key and value stands. What the values must be is not known here. */
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";

import type { Position, Problem, ValuePath } from "./problems.ts";

/** A YAML file that was read; `value` is undefined where `problems` say that the text is no YAML. */
export type YamlFile = {
  readonly file: string;
  readonly value: unknown;
  /** What is wrong with the text itself, such as a key that stands twice. */
  readonly problems: readonly Problem[];
  /** Position of the key at a path, or of the nearest one around it. */
  readonly keyPosition: (path: ValuePath) => Position;
  /** Position of the value at a path; of its key, where the value was left out. */
  readonly valuePosition: (path: ValuePath) => Position;
};

/** One key or list item of the text, by its offsets. */
type Entry = { readonly path: ValuePath; readonly key: number; readonly value: number };

const START: Position = { line: 1, column: 1 };

/** Reads the text of a YAML file. Never throws: mistakes are in `problems`. */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    lineCounter: lines,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    // "silent" would keep quiet about a second document, too.
    logLevel: "error",
  });
  const entries = listEntries(document.contents, []);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? START : { line, column: col };
  };
  // Of a key that stands twice, the last one is the one whose value is read.
  const nearest = (path: ValuePath): Entry | undefined => {
    const entry = entries.findLast((candidate) => isSamePath(candidate.path, path));
    return entry !== undefined || path.length === 0 ? entry : nearest(path.slice(0, -1));
  };
  const keyPosition = (path: ValuePath) => position(nearest(path)?.key ?? 0);
  const valuePosition = (path: ValuePath) => {
    const entry = nearest(path);
    return position((entry?.path.length === path.length ? entry.value : entry?.key) ?? 0);
  };
  const problems = [...document.errors, ...document.warnings].map((error) => toProblem(error, entries, position));
  const readable = document.errors.every((error) => error.code === "DUPLICATE_KEY");
  const read = readable ? toPlainValue(document, position) : { value: undefined };
  if ("problem" in read) problems.push(read.problem);
  return { file, value: "value" in read ? read.value : undefined, problems, keyPosition, valuePosition };
}

/** The document as plain values, with a bound on what aliases unfold to. */
function toPlainValue(
  document: Document,
  position: (offset: number) => Position,
): { value: unknown } | { problem: Problem } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    // The library's way to refuse an alias without an anchor, and aliases that multiply.
    if (!(error instanceof ReferenceError)) throw error;
    const aliases: Alias[] = [];
    visit(document, { Alias: (_key, alias) => void aliases.push(alias) });
    const culprit = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases.at(-1);
    const found = lowerFirst(error.message);
    const allowed = "aliases of anchors that stand above them, for at most 100 values in all";
    const next = "write the values out instead of using anchors and aliases";
    return { problem: { path: [], position: position(culprit?.range?.[0] ?? 0), found, allowed, next } };
  }
}

/** Lists every key and list item below a node; what an alias stands for is not entered, which keeps this finite. */
function listEntries(node: unknown, path: ValuePath): Entry[] {
  if (!isNode(node)) return [];
  const own = path.length === 0 ? [{ path, key: 0, value: node.range?.[0] ?? 0 }] : [];
  if (isMap(node)) {
    return node.items.reduce<Entry[]>((entries, { key, value }) => {
      const keyPath = [...path, isNode(key) ? String(key) : ""];
      const keyOffset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      const written = isNode(value) && value.range?.[0] !== value.range?.[1];
      entries.push({ path: keyPath, key: keyOffset, value: written ? (value.range?.[0] ?? 0) : keyOffset });
      entries.push(...listEntries(value, keyPath));
      return entries;
    }, own);
  }
  if (!isSeq(node)) return own;
  return node.items.reduce<Entry[]>((entries, item, index) => {
    const offset = isNode(item) ? (item.range?.[0] ?? 0) : 0;
    entries.push({ path: [...path, index], key: offset, value: offset }, ...listEntries(item, [...path, index]));
    return entries;
  }, own);
}

function toProblem(error: YAMLError, entries: readonly Entry[], position: (offset: number) => Position): Problem {
  const [offset] = error.pos;
  const at = position(offset);
  const duplicate = error.code === "DUPLICATE_KEY" ? entries.find((entry) => entry.key === offset) : undefined;
  if (duplicate !== undefined) {
    const first = entries.find((entry) => isSamePath(entry.path, duplicate.path));
    const line = first === undefined ? "above" : `on line ${position(first.key).line}`;
    const found = `key ${JSON.stringify(String(duplicate.path.at(-1)))} a second time; the first is ${line}`;
    const allowed = "each key once in a map";
    return { path: duplicate.path, position: at, found, allowed, next: "remove or rename one of the two" };
  }
  const advice = ADVICE[error.code] ?? SYNTAX_ADVICE;
  return { path: [], position: at, found: `no valid YAML: ${lowerFirst(error.message)}`, ...advice };
}

type Advice = { readonly found?: string; readonly allowed: string; readonly next: string };

const SYNTAX_ADVICE: Advice = {
  allowed: "YAML 1.2: maps of `key: value`, two spaces deeper for what is inside",
  next: "correct this line or the one above it: brackets, quotes, colons and indentation",
};

const ADVICE: Partial<Record<string, Advice>> = {
  TAB_AS_INDENT: {
    found: "a tab as indentation",
    allowed: "spaces as indentation",
    next: "replace each tab by two spaces",
  },
  MULTIPLE_DOCS: {
    found: "a second YAML document",
    allowed: "one YAML document",
    next: "remove the --- line and what follows it",
  },
  NON_STRING_KEY: {
    found: "a list or a map in the place of a key",
    allowed: "names as keys",
    next: "write a name in front of the colon",
  },
  TAG_RESOLVE_FAILED: { allowed: "values without a tag", next: "remove the tag, or put the value in quotes" },
};

function isSamePath(a: ValuePath, b: ValuePath): boolean {
  return a.length === b.length && a.every((key, index) => String(key) === String(b[index]));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Mistakes in a file that a person wrote, and their form in an error message. */
import { stringify } from "yaml";

/** Where a key or value stands in the file; both count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** The keys and list indexes that lead from the root of a file to a value. */
export type ValuePath = readonly PropertyKey[];

/** One mistake: where it is, what was found there, what is allowed, and what to do next. */
export type Problem = {
  readonly path: ValuePath;
  readonly position: Position;
  readonly found: string;
  readonly allowed: string;
  readonly next: string;
};

const MAX_FOUND_LENGTH = 160;
// One slip of a bracket can make the parser complain hundreds of times.
const MAX_LISTED = 50;
const PLAIN_KEY = /^[A-Za-z0-9_-]+$/;

/** Describes the mistakes of a file, one block each, in the order of the file; beyond 50, the rest is counted. */
export function describeProblems(file: string, problems: readonly Problem[]): string {
  const sorted = problems.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  const count = sorted.length === 1 ? "1 mistake" : `${sorted.length} mistakes`;
  const blocks = sorted
    .slice(0, MAX_LISTED)
    .map(({ path, position, found, allowed, next }) =>
      [
        `${file}:${position.line}:${position.column} ${formatPath(path)}`.trimEnd(),
        `  found    ${found}`,
        `  allowed  ${allowed}`,
        `  next     ${next}`,
      ].join("\n"),
    );
  const unlisted = sorted.length - blocks.length;
  const rest = unlisted === 0 ? [] : [`... and ${unlisted} more`];
  return [`${file} has ${count}`, ...blocks, ...rest].join("\n");
}

/** Writes a path with dots between its keys; a key that has a dot or a space itself stands in quotes. */
export function formatPath(path: ValuePath): string {
  return path.map((key) => (PLAIN_KEY.test(String(key)) ? String(key) : JSON.stringify(String(key)))).join(".");
}

/** Describes a value and its type, shortened where it is long. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list, ${shorten(toYamlLine(value))}`;
  if (typeof value !== "object") return `${shorten(JSON.stringify(value))} (${typeof value})`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "an empty map" : `a map with the keys ${shorten(keys.join(", "))}`;
}

/** Writes a value as YAML on one line. */
export function toYamlLine(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

/** A text without the passwords of addresses in it, such as https://user:password@host: messages end up in logs. */
export function withoutPasswords(text: string): string {
  return text.replace(/(\/\/[^\s/:@]*:)[^\s/@]+@/g, "$1***@");
}

function shorten(long: string): string {
  const text = withoutPasswords(long);
  return text.length > MAX_FOUND_LENGTH ? `${text.slice(0, MAX_FOUND_LENGTH)}...` : text;
}

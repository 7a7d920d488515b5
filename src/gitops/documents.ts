/** Reads the files of Argo CD: several objects in one file, with the line of each value. */
import { type Document, isNode, LineCounter, parseAllDocuments, type Tags } from "yaml";

import { type JsonPath, textAt } from "../charts/json.ts";
import { PipelineError } from "../report/errors.ts";

/** One object of a file. */
export type GitopsDocument = {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
  /** Line of the value at a path, or of the nearest one around it. */
  readonly lineOf: (path: JsonPath) => number;
};

/** A file of Argo CD is no YAML, or holds something else than it should. */
export class GitopsFileError extends PipelineError {
  override readonly name = "GitopsFileError";
  constructor(problems: readonly string[], nextStep: string) {
    super("config", problems.join("\n"), nextStep);
  }
}

const API = "argoproj.io/v1alpha1";

// YAML 1.1 as Kubernetes reads it: a date is text, and so is what looks like minutes and seconds.
const AS_KUBERNETES = {
  version: "1.1",
  merge: true,
  customTags: (tags: Tags): Tags => tags.filter((tag) => typeof tag === "string" || !isTime(tag)),
} as const;

/**
 * Reads all objects of a file; empty documents are left out. Throws GitopsFileError naming every mistake.
 *
 * @param kind The one kind that the file may hold, for example AppProject.
 */
export function readDocuments(text: string, file: string, kind: string): GitopsDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...AS_KUBERNETES, uniqueKeys: true, lineCounter: lines });
  const documents = Array.isArray(parsed) ? parsed : [];
  const broken = documents.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => `${file}:${lines.linePos(pos[0]).line}: ${message.split("\n")[0] ?? ""}`),
  );
  if (broken.length > 0) throw new GitopsFileError(broken, "correct the YAML at that line or the one above it");
  const read = documents.map((document) => toDocument(document, file, lines)).filter(({ value }) => value !== null);
  const others = read.filter((document) => document.kind !== kind || document.apiVersion !== API);
  if (others.length > 0 || read.length === 0) {
    const problems = others.map((other) => `${file}:${other.lineOf([])}: found ${describe(other)}`);
    const found = problems.length === 0 ? [`${file}: holds no ${kind}`] : problems;
    throw new GitopsFileError(found, `keep nothing in this file but objects with apiVersion: ${API} and kind: ${kind}`);
  }
  return read;
}

function isTime({ tag, format }: { readonly tag: string; readonly format?: string | undefined }): boolean {
  return tag === "tag:yaml.org,2002:timestamp" || format === "TIME";
}

function describe({ apiVersion, kind }: GitopsDocument): string {
  if (kind === "") return "something without a kind";
  return `kind: ${kind} of apiVersion: ${apiVersion === "" ? "nothing" : apiVersion}`;
}

function toDocument(document: Document.Parsed, file: string, lines: LineCounter): GitopsDocument {
  const value: unknown = document.toJS();
  const lineOf = (path: JsonPath): number => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) return lines.linePos(offset).line;
    return path.length === 0 ? 1 : lineOf(path.slice(0, -1));
  };
  const [apiVersion, kind, name] = [
    textAt(value, "apiVersion"),
    textAt(value, "kind"),
    textAt(value, "metadata", "name"),
  ];
  return { file, apiVersion, kind, name, value, lineOf };
}

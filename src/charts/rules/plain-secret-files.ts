/** The rule that no credential is written out in a file of the source: values, templates, workflows (C-27, C-57). */
import { isScalar, LineCounter, parseAllDocuments, type Document } from "yaml";

import type { Finding } from "../finding.ts";
import { formatPath, type JsonPath } from "../json.ts";
import { PLAIN_SECRET } from "./plain-secret.ts";
import type { Strictness } from "./secret-literals.ts";
import { secretsInText, type TextKind } from "./secret-text.ts";
import { secretsInValue } from "./secret-values.ts";

/** A text file: its path in the source, and its contents. */
export type TextFile = { readonly file: string; readonly text: string };

type Found = { readonly line: number; readonly what: string; readonly path: string };

const FIX =
  "leave the value empty and name a Secret that exists; in a workflow, take it from the secret store of the CI; then make the credential invalid, for it is in the history";
const PROSE = /\.(?:md|gotmpl|txt|rst|adoc)$/i;
const CODE = /\.(?:tpl|sh|bash|zsh|py|js|mjs|ts|go|lua|rb|sql)$|(?:^|\/)(?:Dockerfile|Makefile)[^/]*$/i;
const STRUCTURED = /\.(?:ya?ml|json)$/i;
// What tests and examples set is made up.
const EXAMPLES = /(?:^|\/)(?:unittests?|tests?|testdata|fixtures|examples?|ci)\//;

/** Finds credentials in text files, at most one for each line. What is found is named, and never shown. */
export function checkSecretFiles(chart: string, files: readonly TextFile[]): Finding[] {
  return files.flatMap(({ file, text }) => {
    const byLine = new Map<number, Found>();
    for (const found of foundIn(file, text)) if (!byLine.has(found.line)) byLine.set(found.line, found);
    return [...byLine.values()]
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, what, path }): Finding => {
        const where = path === "" ? `line ${line}` : `line ${line}, ${path}`;
        const reason = `holds ${what}, written out (not shown); allowed are an empty default, the name of a Secret, or a reference`;
        return { rule: PLAIN_SECRET, chart, environment: "", object: file, path: where, reason, fix: FIX };
      });
  });
}

function foundIn(file: string, text: string): Found[] {
  const strictness = EXAMPLES.test(file) ? "example" : "live";
  if (PROSE.test(file)) return inLines(text, "prose", strictness);
  if (CODE.test(file)) return inLines(text, "code", strictness);
  if (!STRUCTURED.test(file)) return inLines(text, "data", strictness);
  if (/\.json$/i.test(file) && isCleanJson(text, strictness)) return inComments(text);
  // A template of YAML is none yet.
  return inDocuments(text, strictness) ?? [...inLines(text, "data", strictness), ...inPairs(text, strictness)];
}

function inLines(text: string, kind: TextKind, strictness: Strictness): Found[] {
  return secretsInText(text, kind, strictness).map(({ what, offset }) => ({
    line: lineAt(text, offset),
    what,
    path: "",
  }));
}

/** Variables of a template: `- name: X` with its value on the next line. */
function inPairs(text: string, strictness: Strictness): Found[] {
  const pair =
    /\bname:[ \t]*["']?([\w.-]+)["']?[ \t]*(?:\n[ \t]*|,[ \t]*)value:[ \t]*("[^"\n]*"|'[^'\n]*'|\{\{.*?\}\}|[^\n,}]+)/g;
  return [...text.matchAll(pair)].flatMap(({ index, 0: match, 1: name = "", 2: given = "" }) => {
    const value = given.trim().replace(/^(["'])(.*)\1$/, "$2");
    return secretsInValue({ name, value }, { strictness }).map(({ what }) => {
      return { line: lineAt(text, index + match.length - given.length), what, path: "" };
    });
  });
}

/** What the documents of a YAML or JSON text hold; undefined where the text is none. */
function inDocuments(text: string, strictness: Strictness): Found[] | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  if (!Array.isArray(documents)) return [];
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  const values = documents.flatMap((document) =>
    secretsInValue(plainValue(document), { strictness }).map((secret): Found => {
      const line = positionOf(document, secret.path, lines) + secret.line;
      return { line, what: secret.what, path: formatPath(secret.path) };
    }),
  );
  return [...values, ...inComments(text)];
}

/** True for JSON that certainly holds no credential: most does not, and to see that takes no lines and so a tenth of the time. */
function isCleanJson(text: string, strictness: Strictness): boolean {
  let keys = 0;
  let value: unknown;
  try {
    value = JSON.parse(text, (_, each: unknown) => {
      if (typeof each === "object" && each !== null && !Array.isArray(each)) keys += Object.keys(each).length;
      return each;
    });
  } catch {
    return false;
  }
  // Of a key that stands twice, the first value would not be seen.
  const isEveryKeySeen = keys === text.match(/"\s*:/g)?.length;
  return isEveryKeySeen && secretsInValue(value, { strictness }).length === 0;
}

function plainValue(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value;
  } catch (error) {
    // The library's way to refuse aliases that lead nowhere or multiply; whoever reads the file says so.
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Line of the first character of a value; of the text itself, where it is a block below its key. */
function positionOf(document: Document, path: JsonPath, lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (!isScalar(node) || !Array.isArray(node.range)) continue;
    const { line } = lines.linePos(node.range[0]);
    return node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED" ? line + 1 : line;
  }
  return 1;
}

/** Comments are for people; what looks like an example in them is one. */
function inComments(text: string): Found[] {
  return text.split("\n").flatMap((line, index) => {
    const comment = /(?:^|\s)#(.*)$/.exec(line)?.[1];
    if (comment === undefined) return [];
    return secretsInText(comment, "prose").map(({ what }) => ({ line: index + 1, what, path: "" }));
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

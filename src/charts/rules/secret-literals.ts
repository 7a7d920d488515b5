/** Tells a credential that is written out from a reference to one, and from what only stands in its place. */
import type { NameMeaning } from "./secret-names.ts";

/**
 * How strictly a text is read: in an example, words such as `changeme` and `my-password` stand for a credential, and so
 * does everything that is too short or too plain to be one.
 */
export type Strictness = "live" | "example";

// What a value under the name of a credential may be without being one.
const NO_SECRET =
  /^(?:true|false|yes|no|on|off|none|null|nil|undefined|required|optional|enabled|disabled|auto|generate|generated|inherit|read|write|string|redacted)$/i;
const EXAMPLE =
  /pass(?:word|wd|phrase)?|secret|token|key|change.?me|example|dummy|fake|placeholder|sample|your|\bmy\b|my[-_]|test|not[-_]|redacted|foo|bar|hunter|inline|insecure|wrong|plain|literal|value|abc|xyz|user|\.\.\./i;
const PATH = /^(?:file:\/\/)?\/[\w.-]+(?:\/[\w.@$-]+)+$/;
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/[^@\s]*$/i;
const STORE = /^(?:arn:aws:|vault:|ref\+|projects\/[^/]+\/secrets\/)/;
// ${{ x }}, {{ x }}, $(x), ${x}, <x>, %(x)s
const REFERENCE = /\$\{\{.*?\}\}|\{\{.*?\}\}|\$\([^)]*\)|\$\{[^}]*\}|<[^<>]+>|%\(\w+\)s/gs;
// $x, %s, @X@, %X%, {x.y}
const VARIABLE = /^(?:\$[A-Za-z_]\w*|\$\d|%[sdqvL]|@[A-Z_]+@|%[A-Z_]+%|\{[A-Za-z][\w-]*(?:\.[\w.-]+)?\})$/;
// {{ .Values.password | default "x" }} and ${PASSWORD:-x} bring a credential of their own.
const TEMPLATE_DEFAULT = /\bdefault\s+(?:"([^"]*)"|`([^`]*)`)|\|\|\s*'([^']*)'/;
const SHELL_DEFAULT = /^\$\{\w+:?[-=]([\s\S]*)\}$/;
const OBJECT_NAME = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[A-Z][A-Z0-9_]*|[a-z]+(?:_[a-z]+)+)$/;

/** Tells whether a value under the name of a credential is a credential that is written out. */
export function isLiteralSecret(value: unknown, meaning: NameMeaning, strictness: Strictness = "live"): boolean {
  if (typeof value === "number" || typeof value === "bigint") return meaning === "credential";
  if (typeof value !== "string") return false;
  const text = value.trim();
  if (text === "" || NO_SECRET.test(text) || /^[*.x-]+$/i.test(text)) return false;
  if (PATH.test(text) || ADDRESS.test(text) || STORE.test(text) || VARIABLE.test(text)) return false;
  const references = text.match(REFERENCE);
  if (references !== null) return references.some((reference) => hasLiteralDefault(reference, meaning, strictness));
  if (strictness === "example" && (EXAMPLE.test(text) || !looksReal(text))) return false;
  return meaning === "credential" || !OBJECT_NAME.test(text) || isRandom(text);
}

function hasLiteralDefault(reference: string, meaning: NameMeaning, strictness: Strictness): boolean {
  const [, inShell = ""] = SHELL_DEFAULT.exec(reference) ?? [];
  const [, quoted, raw, inWorkflow] = (reference.includes("{{") ? TEMPLATE_DEFAULT.exec(reference) : null) ?? [];
  const given = quoted ?? raw ?? inWorkflow ?? inShell;
  return given !== "" && isLiteralSecret(given, meaning, strictness);
}

/** True for what a program made, or a person who was asked for a good password. */
function looksReal(text: string): boolean {
  if (text.length < 8) return false;
  return (/\d/.test(text) && /[a-z]/i.test(text)) || (text.length >= 16 && /[a-z]/.test(text) && /[A-Z]/.test(text));
}

/** True where letters and digits are mixed as no person names an object. */
function isRandom(text: string): boolean {
  return text.split(/[-_.]/).some((part) => part.length >= 12 && /\d/.test(part) && /[a-z]/i.test(part));
}

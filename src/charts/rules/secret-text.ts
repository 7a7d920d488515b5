/** Finds credentials that a text assigns, passes as flags or hands to commands, in whatever language it is. */
import { type FoundSecret, knownSecrets, mayBeKnown } from "./secret-forms.ts";
import { isLiteralSecret, type Strictness } from "./secret-literals.ts";
import { nameMeaning } from "./secret-names.ts";

/**
 * How a text is read. `data`: files of settings, where what follows `:` or `=` is a value. `code`: scripts and templates,
 * where it may be an expression, so that only quoted text and `NAME=value` count. `prose`: text for people, where most
 * of what looks like an assignment is an example. `line`: a single value, in which only `NAME=value` means anything.
 */
export type TextKind = "data" | "code" | "prose" | "line";

// A word that any name of a credential has, or any of the commands below.
const CANDIDATE = /pass|pwd|secret|token|key|cred|auth|bearer|identified|curl|redis-cli|mysql/i;

// All repetitions are bounded: a file of a megabyte on one line must not take minutes.
const STRING = String.raw`"(?:[^"\\\n]|\\.){0,1000}"|'(?:[^'\\\n]|\\.){0,1000}'`;
const BARE =
  String.raw`\$\{\{.{0,400}?\}\}|\{\{.{0,400}?\}\}|\$\([^)\n]{0,400}\)|\$\{[^}\n]{0,400}\}|<[^>\n]{0,400}>|[^\s"'` +
  "`" +
  String.raw`,;&|)}\]]{1,400}`;
// The value is only looked at, for it may hold assignments itself: `url=https://host/?token=x`.
const ASSIGNMENT = new RegExp(
  String.raw`(?<![\w.])(["']?)([A-Za-z_][\w.-]{0,79})\1([ \t]*)(:=|=>|[:=](?![=~>]))([ \t]*)(?=(${STRING}|${BARE}))`,
  "g",
);
const FLAG = new RegExp(String.raw`(?<![\w-])--?([a-z][\w-]{0,79})[ \t]+(${STRING}|[^\s"'-][^\s"']*)`, "gi");
// Commands and statements that take a credential where no name says so.
const COMMANDS: readonly RegExp[] = [
  /\bcurl\b[^\n]{0,400}?\s(?:-u|--user)[ =]?["']?[^\s:"']+:([^\s"']+)/g,
  /\bredis-cli\b[^\n]{0,400}?\s-a\s+["']?([^\s"']+)/g,
  /\bmysql\w*\b[^\n]{0,400}?\s-p([^\s"']+)/g,
  /\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+([^\s"']{8,})/gi,
  /\b(?:password|identified\s+by)\s+'([^'\n]+)'/gi,
];

/** False for a text that certainly holds no credential, as most do not. */
export function mayHoldSecret(text: string): boolean {
  return text.length >= 4 && (CANDIDATE.test(text) || mayBeKnown(text));
}

/** Finds the credentials in a text, each once, in the order of the text. */
export function secretsInText(text: string, kind: TextKind, strictness: Strictness = "live"): FoundSecret[] {
  if (!mayHoldSecret(text)) return [];
  const level = kind === "prose" ? "example" : strictness;
  const found = knownSecrets(text, level);
  if (CANDIDATE.test(text)) {
    found.push(...assignedSecrets(text, kind, level));
    if (kind !== "prose") found.push(...passedSecrets(text, level));
    found.push(...commandSecrets(text, level));
  }
  return found.toSorted((a, b) => a.offset - b.offset);
}

function assignedSecrets(text: string, kind: TextKind, strictness: Strictness): FoundSecret[] {
  return [...text.matchAll(ASSIGNMENT)].flatMap((match) => {
    const [, , name = "", before = "", sign = "", after = "", given = ""] = match;
    const meaning = nameMeaning(name);
    if (meaning === undefined) return [];
    // A variable of psql: PASSWORD :'password'.
    if (sign === ":" && before !== "" && after === "") return [];
    const isQuoted = /^["']/.test(given);
    const isTight = sign === "=" && before === "" && after === "";
    if (!isQuoted && !isTight && !isBareValue(kind, sign, after, given)) return [];
    const value = isQuoted ? given.slice(1, -1) : given;
    if (!isLiteralSecret(value, meaning, strictness)) return [];
    return [{ what: `a value for ${name}`, offset: match.index }];
  });
}

/** Tells whether unquoted text after a sign is a value, and no expression, comment or start of something larger. */
function isBareValue(kind: TextKind, sign: string, after: string, given: string): boolean {
  if (kind !== "data" || /^(?:[#[&*!]|\{(?!\{)|[|>][-+]?\d?$)/.test(given)) return false;
  return (sign === ":" && after !== "") || (sign === "=" && !given.includes("("));
}

function passedSecrets(text: string, strictness: Strictness): FoundSecret[] {
  return [...text.matchAll(FLAG)].flatMap(({ index, 1: flag = "", 2: given = "" }) => {
    const meaning = nameMeaning(flag);
    // `--secret id=npm` of an image build mounts what exists.
    if (meaning === undefined || /^\w+=/.test(given)) return [];
    const value = /^["']/.test(given) ? given.slice(1, -1) : given;
    return isLiteralSecret(value, meaning, strictness) ? [{ what: `a value for --${flag}`, offset: index }] : [];
  });
}

function commandSecrets(text: string, strictness: Strictness): FoundSecret[] {
  return COMMANDS.flatMap((pattern) =>
    [...text.matchAll(pattern)]
      .filter(([, value]) => isLiteralSecret(value, "credential", strictness))
      .map(({ index }) => ({ what: "a credential in a command", offset: index })),
  );
}

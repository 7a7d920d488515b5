/** Finds credentials in parsed values: rendered objects, values files, workflows. */
import { type JsonPath, textAt } from "../json.ts";
import { isLiteralSecret, type Strictness } from "./secret-literals.ts";
import { nameMeaning } from "./secret-names.ts";
import { mayHoldSecret, secretsInText, type TextKind } from "./secret-text.ts";
import { pathTo, type Place, visitLeaves, visitNodes } from "./walk.ts";

/** A credential in a value: where, what it is, and on which line of a text of several lines, from 0. */
export type SecretValue = { readonly path: JsonPath; readonly what: string; readonly line: number };

/** How values are read. */
export type Reading = {
  readonly strictness?: Strictness;
  /** Paths below which names say nothing, as in annotations. Texts are read all the same. */
  readonly isNameless?: (path: JsonPath) => boolean;
};

// Below these, values are names of keys in a Secret, or how to find one.
const REFERENCES = /^(?:existing\w*|secretKeys|\w*Refs?|\w*KeyNames?)$/i;
const CODE = /\.(?:sh|bash|py|js|mjs|cjs|ts|go|lua|rb|pl|php|tpl|sql)$/i;
const PROSE = /\.(?:md|txt)$/i;
const FOR_PEOPLE = new Set([
  "description",
  "title",
  "summary",
  "comment",
  "$comment",
  "help",
  "message",
  "runbook_url",
]);

/** Finds the credentials in a value, at most one for each path. */
export function secretsInValue(
  value: unknown,
  { strictness = "live", isNameless = () => false }: Reading = {},
): SecretValue[] {
  const found = new Map<string, SecretValue>();
  const add = (secret: SecretValue) => {
    const key = JSON.stringify(secret.path);
    if (!found.has(key)) found.set(key, secret);
  };
  visitLeaves(value, ({ place, value: leaf, parent }) => {
    const name = nameOf(place, parent);
    const meaning = name === undefined ? undefined : nameMeaning(name);
    const isText = typeof leaf === "string" && mayHoldSecret(leaf);
    if (meaning === undefined && !isText) return;
    const path = pathTo(place);
    if (
      meaning !== undefined &&
      !isNameless(path) &&
      !path.some(isReference) &&
      isLiteralSecret(leaf, meaning, strictness)
    ) {
      add({ path, what: `a value for ${name ?? ""}`, line: 0 });
    }
    if (!isText) return;
    for (const { what, offset } of secretsInText(leaf, textKind(path, leaf), strictness)) {
      add({ path, what, line: leaf.slice(0, offset).split("\n").length - 1 });
    }
  });
  visitNodes(value, (node, place) => {
    if (Array.isArray(node)) for (const secret of flagValues(node, place, strictness)) add(secret);
  });
  return [...found.values()];
}

/** What a value is called: the `name` beside a `value`, as in env, or the map that `value` stands in, or its own key. */
function nameOf({ key, around }: Place, parent: unknown): string | undefined {
  if (key !== "value") return typeof key === "string" ? key : undefined;
  const beside = textAt(parent, "name") || textAt(parent, "key");
  if (beside !== "") return beside;
  return typeof around?.key === "string" ? around.key : key;
}

function isReference(step: string | number): boolean {
  return typeof step === "string" && REFERENCES.test(step);
}

/** A flag as one item of a list and its value as the next. */
function flagValues(list: readonly unknown[], place: Place | undefined, strictness: Strictness): SecretValue[] {
  return list.flatMap((flag, index) => {
    if (typeof flag !== "string" || !/^--?[a-z][\w-]*$/i.test(flag)) return [];
    const [meaning, given] = [nameMeaning(flag.replace(/^-+/, "")), list[index + 1]];
    if (meaning === undefined || (typeof given === "string" && given.startsWith("-"))) return [];
    if (!isLiteralSecret(given, meaning, strictness)) return [];
    return [{ path: [...pathTo(place), index + 1], what: `a value for ${flag}`, line: 0 }];
  });
}

/** A text of several lines is read as what its key says that it is: `init.sh` is code, `nats.conf` is data. */
function textKind(path: JsonPath, text: string): TextKind {
  const key = String(path.at(-1));
  if (PROSE.test(key) || FOR_PEOPLE.has(key)) return "prose";
  if (!text.includes("\n")) return "line";
  const isCommand = path.some((step) => step === "args" || step === "command" || step === "run");
  return isCommand || CODE.test(key) || text.startsWith("#!") ? "code" : "data";
}

/** Compares a YAML file with a zod schema and words every difference for a person; the schema holds rules and examples. */
import { z } from "zod";

import { nearestName } from "./nearest-name.ts";
import { describeValue, type Problem, toYamlLine, type ValuePath } from "./problems.ts";
import type { YamlFile } from "./yaml-file.ts";

/** What a schema made of a file: its typed value, or every way in which the file differs. */
export type Checked<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a file against a schema. The message of each check in the schema must be what is allowed there; an `examples`
 * entry in its metadata, or `next` in a custom check's parameters, becomes the next step.
 */
export function checkYaml<Value>(yaml: YamlFile, schema: z.ZodType<Value>): Checked<Value> {
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const check = { yaml, schema, value: yaml.value, base: [] };
  return { ok: false, problems: problemsOf(check, parsed.error.issues) };
}

/** A part of a file that was compared with its part of the schema. */
type Check = {
  readonly yaml: YamlFile;
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly base: ValuePath;
};

function problemsOf(check: Check, issues: readonly z.core.$ZodIssue[]): Problem[] {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? unknownKeys(check, issue) : []));
  const renamed = new Set(unknown.map(({ rename }) => rename));
  const others = issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return [];
    if (issue.code === "invalid_key") return invalidKey(check, issue);
    // A missing key is no mistake of its own where a mistyped one only has to be renamed to it.
    return renamed.has(JSON.stringify(issue.path)) ? [] : [wrongValue(check, issue)];
  });
  return [...unknown.map(({ problem }) => problem), ...others];
}

/** One problem per unknown key, and the path that it should be renamed to if a known key is near. */
function unknownKeys(check: Check, issue: z.core.$ZodIssueUnrecognizedKeys): { problem: Problem; rename: string }[] {
  const known = knownKeys(schemaAt(check.schema, issue.path)).toSorted();
  return issue.keys.map((key) => {
    const path = [...check.base, ...issue.path, key];
    const near = nearestName(key, known);
    const taken = near !== undefined && valueAt(check.value, [...issue.path, near]) !== undefined;
    const rename = `rename it to "${near ?? ""}"`;
    const problem = {
      path,
      position: check.yaml.keyPosition(path),
      found: `unknown key ${JSON.stringify(key)}`,
      allowed: known.join(", "),
      next: near === undefined ? "remove it" : taken ? `remove it; "${near}" is there already` : rename,
    };
    return { problem, rename: near === undefined ? "" : JSON.stringify([...issue.path, near]) };
  });
}

/** The name itself, and what is wrong below it, which zod does not look at under a wrong name. */
function invalidKey(check: Check, issue: z.core.$ZodIssueInvalidKey): Problem[] {
  const path = [...check.base, ...issue.path];
  const record = schemaAt(check.schema, issue.path.slice(0, -1));
  const keySchema = record instanceof z.ZodRecord ? record.keyType : undefined;
  const allowed = issue.issues[0]?.message ?? issue.message;
  const problem = {
    path,
    position: check.yaml.keyPosition(path),
    found: `name ${JSON.stringify(String(path.at(-1)))}`,
    allowed,
    next: `rename it, ${exampleOf(keySchema) ?? `to ${allowed}`}`,
  };
  const schema = schemaAt(check.schema, issue.path);
  if (!(schema instanceof z.ZodType)) return [problem];
  const value = valueAt(check.value, issue.path);
  const inside = schema.safeParse(value).error?.issues ?? [];
  return [problem, ...problemsOf({ yaml: check.yaml, schema, value, base: path }, inside)];
}

function wrongValue(check: Check, issue: z.core.$ZodIssue): Problem {
  const { yaml, base } = check;
  const path = [...base, ...issue.path];
  const value = valueAt(check.value, issue.path);
  const schema = schemaAt(check.schema, issue.path);
  const example = exampleOf(schema);
  if (value === undefined && path.length > 0) {
    const key = String(path.at(-1));
    const next =
      example === undefined ? `add the key "${key}"` : `add it, ${example.replace(/for example /, `$&${key}: `)}`;
    const position = yaml.keyPosition(path.slice(0, -1));
    return { path, position, found: `no key "${key}"`, allowed: issue.message, next };
  }
  const next = givenNext(issue) ?? (isUnquotedText(schema, value) ? "put it in quotes, as text" : undefined);
  return {
    path,
    position: yaml.valuePosition(path),
    found: describeValue(value),
    allowed: issue.message,
    next: next ?? (example === undefined ? `write ${issue.message}` : `write, ${example}`),
  };
}

/** The next step that the check itself knows. */
function givenNext(issue: z.core.$ZodIssue): string | undefined {
  const next: unknown = issue.code === "custom" ? issue.params?.next : undefined;
  return typeof next === "string" ? next : undefined;
}

/** True for a number or a boolean that would be right as text, such as the version 1.10. */
function isUnquotedText(schema: z.core.$ZodType | undefined, value: unknown): boolean {
  const isScalar = typeof value === "number" || typeof value === "boolean";
  return isScalar && schema instanceof z.ZodType && schema.safeParse(String(value)).success;
}

function exampleOf(schema: z.core.$ZodType | undefined): string | undefined {
  const examples: unknown = schema === undefined ? undefined : z.globalRegistry.get(schema)?.examples;
  return Array.isArray(examples) && examples.length > 0 ? `for example ${toYamlLine(examples[0])}` : undefined;
}

function knownKeys(schema: z.core.$ZodType | undefined): string[] {
  return schema instanceof z.ZodObject ? Object.keys(shapeOf(schema)) : [];
}

function shapeOf(schema: z.ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  return shape;
}

/** The part of a schema that describes the value at a path. */
function schemaAt(schema: z.core.$ZodType, path: ValuePath): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((outer, key) => {
    if (outer instanceof z.ZodObject) return unwrap(shapeOf(outer)[String(key)]);
    if (outer instanceof z.ZodArray) return unwrap(outer.element);
    return outer instanceof z.ZodRecord ? unwrap(outer.valueType) : undefined;
  }, unwrap(schema));
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrap(schema.unwrap()) : schema;
}

/** The value at a path, or undefined where the path leads nowhere. */
function valueAt(value: unknown, path: ValuePath): unknown {
  return path.reduce<unknown>((outer, key) => {
    if (typeof outer !== "object" || outer === null || !Object.hasOwn(outer, key)) return undefined;
    return Object.getOwnPropertyDescriptor(outer, key)?.value;
  }, value);
}

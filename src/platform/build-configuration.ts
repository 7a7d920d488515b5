/** Build configurations: JSON files of what images are built with, each held to the JSON Schema that it names. */
import path from "node:path";

import { z } from "zod";

import { PipelineError } from "../report/errors.ts";
import type { ImageSpec, Platform } from "./platform-file.ts";
import { CONFIGURATION_ARGUMENT } from "./platform-schema.ts";
import { describeProblems, describeValue, type Problem } from "./problems.ts";
import { memberOf } from "./unknown-values.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** A file of the source, with its path there. */
export type SourceText = { readonly file: string; readonly text: string };

/** A build configuration, or its schema, has mistakes; the message lists all of them. */
export class BuildConfigurationError extends PipelineError {
  override readonly name = "BuildConfigurationError";
  constructor(
    file: string,
    readonly problems: readonly Problem[],
    nextStep = `correct ${file} and run again; an editor shows such mistakes with the schema that it names`,
  ) {
    super("config", describeProblems(file, problems), nextStep);
  }
}

/** A configuration was given, and no image takes one. */
export class NoConfigurableImageError extends PipelineError {
  override readonly name = "NoConfigurableImageError";
  constructor(configuration: string, { origin, images }: Pick<Platform, "origin" | "images">) {
    const names = images.map(({ name }) => name).join(", ");
    super(
      "config",
      `--config ${configuration}: no image of ${origin.file} takes a build configuration (${names})`,
      `leave --config out, or give an image the key config with the path of its usual configuration`,
    );
  }
}

/** Every build configuration that images take, each once. */
export function configurationsOf(images: readonly ImageSpec[]): string[] {
  return [...new Set(images.flatMap(({ config }) => (config === undefined ? [] : [config])))];
}

/**
 * The platform with another build configuration for every image that takes one. Throws NoConfigurableImageError.
 *
 * @param configuration Path in the source; "": the platform as it is.
 */
export function configuredPlatform(platform: Platform, configuration: string): Platform {
  if (configuration === "") return platform;
  if (configurationsOf(platform.images).length === 0) throw new NoConfigurableImageError(configuration, platform);
  const configured = (image: ImageSpec): ImageSpec => {
    if (image.config === undefined) return image;
    return { ...image, config: configuration, args: { ...image.args, [CONFIGURATION_ARGUMENT]: configuration } };
  };
  return {
    ...platform,
    systems: platform.systems.map((system) => ({ ...system, images: system.images.map(configured) })),
    images: platform.images.map(configured),
  };
}

/** Path in the source of the schema that a configuration names; nothing where it names none, or one of another place. */
export function schemaFileOf({ file, text }: SourceText): string | undefined {
  const named = memberOf(readJson({ file, text }).value, "$schema");
  if (typeof named !== "string" || /^[a-z]+:|^\/|^#/i.test(named)) return undefined;
  const found = path.posix.join(path.posix.dirname(file), named);
  return found.startsWith("../") ? undefined : found;
}

/**
 * Holds every configuration that images take to the schema that it names. Throws BuildConfigurationError, and what reading
 * throws.
 *
 * @param read Gives the text of a file of the source; the second argument is the next step where there is none.
 */
export async function checkConfigurations(
  images: readonly ImageSpec[],
  read: (file: string, nextStep: string) => Promise<string>,
): Promise<void> {
  const check = async (file: string) => {
    const text = await read(file, "name a build configuration of the source with --config, or correct the key config");
    const named = schemaFileOf({ file, text });
    const nextStep = `put the schema there, or correct $schema in ${file}`;
    const schema = named === undefined ? undefined : { file: named, text: await read(named, nextStep) };
    checkConfiguration({ file, text }, schema);
  };
  await Promise.all(configurationsOf(images).map(check));
}

/** Holds a configuration to its schema. Throws BuildConfigurationError naming every mistake at once. */
export function checkConfiguration(configuration: SourceText, schema?: SourceText): void {
  const read = readJson(configuration);
  if (schema === undefined) return;
  const problems = issuesOf(schemaFrom(schema), read.value).flatMap((issue) => problemsOf(read, issue, schema.file));
  if (problems.length > 0) throw new BuildConfigurationError(configuration.file, problems);
}

/** What is wrong with a value, also beside a wrong name, where zod does not look any further. */
function issuesOf(schema: z.ZodType, value: unknown): readonly z.core.$ZodIssue[] {
  const issues = schema.safeParse(value).error?.issues ?? [];
  const names = issues.filter(({ code }) => code === "invalid_key");
  if (names.length === 0) return issues;
  const rest: unknown = structuredClone(value);
  for (const { path: keys } of names) {
    const outer = valueAt(rest, keys.slice(0, -1));
    if (typeof outer === "object" && outer !== null) Reflect.deleteProperty(outer, keys.at(-1) ?? "");
  }
  return [...names, ...issuesOf(schema, rest)];
}

/** Reads JSON as YAML, which it is, for the lines of its values. */
function readJson({ file, text }: SourceText): YamlFile {
  const read = readYaml(text, file);
  const problems = [...read.problems, ...(read.problems.length > 0 ? [] : jsonProblems(text))];
  if (problems.length > 0) throw new BuildConfigurationError(file, problems);
  return read;
}

function jsonProblems(text: string): Problem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    const before = text.slice(0, offset).split("\n");
    const position = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
    const next = "write names and text in double quotes, without comments and without a comma at an end";
    return [{ path: [], position, found: "what is no JSON", allowed: "JSON", next }];
  }
}

function schemaFrom(schema: SourceText): z.ZodType {
  const { value } = readJson(schema);
  try {
    return z.fromJSONSchema(z.record(z.string(), z.json()).parse(value));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = { path: [], position: { line: 1, column: 1 }, found: `a schema that cannot be used: ${reason}` };
    const next = "use the keywords of draft 2020-12, and references into the schema itself";
    throw new BuildConfigurationError(schema.file, [{ ...problem, allowed: "a JSON Schema", next }], `correct it`);
  }
}

function problemsOf(read: YamlFile, issue: z.core.$ZodIssue, schema: string): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      position: read.keyPosition([...issue.path, key]),
      found: `unknown key ${JSON.stringify(key)}`,
      allowed: `the keys that ${schema} names`,
      next: "remove it, or rename it to one of them",
    }));
  }
  const value = valueAt(read.value, issue.path);
  const base = { path: issue.path, allowed: allowedBy(issue) };
  if (issue.code === "invalid_key") {
    const found = `name ${JSON.stringify(String(issue.path.at(-1)))}`;
    return [{ ...base, position: read.keyPosition(issue.path), found, next: "rename it" }];
  }
  if (value === undefined && issue.path.length > 0) {
    const key = JSON.stringify(String(issue.path.at(-1)));
    const position = read.keyPosition(issue.path.slice(0, -1));
    return [{ ...base, position, found: `no key ${key}`, next: `add the key ${key}` }];
  }
  const next = `write ${base.allowed}`;
  return [{ ...base, position: read.valuePosition(issue.path), found: describeValue(value), next }];
}

/** What is allowed, without zod's preface and without what was found, which is said before it. */
function allowedBy(issue: z.core.$ZodIssue): string {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  if (inner !== undefined) return allowedBy(inner);
  return issue.message
    .replace(/, received .*$/, "")
    .replace(/^Invalid (?:input|string|option): (?:expected |must )?/, "")
    .replace(/^match pattern/, "text that matches")
    .replace(/^Too (?:small|big): expected /, "");
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce((outer, key) => memberOf(outer, String(key)), value);
}

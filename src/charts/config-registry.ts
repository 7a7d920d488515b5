/** Reads a registry of configuration keys: which environment variables each component of a system reads (C-13). */
import { z } from "zod";

import { describeProblems, type Problem } from "../platform/problems.ts";
import { checkYaml } from "../platform/schema-problems.ts";
import { readYaml, type YamlFile } from "../platform/yaml-file.ts";
import { PipelineError } from "../report/errors.ts";

/** One environment variable that components read. */
export type ConfigKey = {
  readonly name: string;
  /** Components that read it, as the registry calls them. */
  readonly components: readonly string[];
  /** Where its value may stand: in a ConfigMap, or in a Secret only. */
  readonly kind: "config" | "secret";
  /** True where the components refuse to start without it. */
  readonly required: boolean;
  /** What the components take where it is absent. */
  readonly default?: string | undefined;
  readonly description: string;
  /** Line of the registry that it starts on. */
  readonly line: number;
};

/** A registry that was read and checked. */
export type ConfigRegistry = {
  readonly file: string;
  readonly keys: readonly ConfigKey[];
  /** All components that it names, sorted. */
  readonly components: readonly string[];
};

/** A registry has mistakes; the message lists all of them. */
export class ConfigRegistryError extends PipelineError {
  override readonly name = "ConfigRegistryError";
  constructor(file: string, problems: readonly Problem[]) {
    super("config", describeProblems(file, problems), `correct ${file} and run again`);
  }
}

const NAME_RULE = "the name of an environment variable: capitals, digits and _, with a letter first";
const COMPONENT_RULE = "a component: lower-case letters, digits and -, with a letter or digit at both ends";
const DESCRIPTION_RULE = "a sentence: a capital first, a full stop last";

const key = z.strictObject(
  {
    name: z
      .string(NAME_RULE)
      .regex(/^[A-Z][A-Z0-9_]*$/, NAME_RULE)
      .meta({ examples: ["DATABASE_URL"] }),
    components: z
      .array(z.string(COMPONENT_RULE).regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, COMPONENT_RULE), "a list of components")
      .min(1, "a list of at least one component")
      .meta({ examples: [["api", "worker"]] }),
    kind: z.enum(["config", "secret"], "config or secret").meta({ examples: ["config"] }),
    required: z.boolean("true or false").meta({ examples: [true] }),
    default: z.string("text; in quotes, where it is a number").min(1, "text; without a default, no key").optional(),
    description: z
      .string(DESCRIPTION_RULE)
      .regex(/^[A-Z].*\.$/s, DESCRIPTION_RULE)
      .meta({ examples: ["Address and account of PostgreSQL."] }),
  },
  "a map with the keys name, components, kind, required, default and description",
);

/**
 * Reads a registry. Throws ConfigRegistryError naming every mistake at once.
 *
 * @param text Contents of the file.
 * @param file Path of the file, for messages.
 */
export function parseConfigRegistry(text: string, file: string): ConfigRegistry {
  const yaml = readYaml(text, file);
  // What follows from a text that could not be read would only hide the cause.
  if (yaml.value === undefined && yaml.problems.length > 0) throw new ConfigRegistryError(file, yaml.problems);
  const items: readonly unknown[] | undefined =
    Array.isArray(yaml.value) && yaml.value.length > 0 ? yaml.value : undefined;
  if (items === undefined) throw new ConfigRegistryError(file, [notAList(yaml)]);
  const checked = items.map((item, index) => checkItem(yaml, item, index));
  const keys = checked.flatMap((each) => (each.ok ? [each.value] : []));
  const problems = [
    ...yaml.problems,
    ...checked.flatMap((each) => (each.ok ? [] : each.problems)),
    ...checked.flatMap((each, index) => (each.ok ? ruleProblems(yaml, index, each.value, keys) : [])),
  ];
  if (problems.length > 0) throw new ConfigRegistryError(file, problems);
  const components = [...new Set(keys.flatMap((each) => each.components))].sort();
  return { file, keys, components };
}

/** The keys that a component reads. */
export function keysOf({ keys }: ConfigRegistry, component: string): ConfigKey[] {
  return keys.filter(({ components }) => components.includes(component));
}

/** Checks one item alone, since messages about what stands in a map know what is allowed there. */
function checkItem(yaml: YamlFile, value: unknown, index: number) {
  const keyPosition: YamlFile["keyPosition"] = (path) => yaml.keyPosition([index, ...path]);
  const valuePosition: YamlFile["valuePosition"] = (path) => yaml.valuePosition([index, ...path]);
  const checked = checkYaml({ ...yaml, value, keyPosition, valuePosition }, key);
  if (checked.ok) return { ok: true as const, value: { ...checked.value, line: keyPosition([]).line } };
  const problems = checked.problems.map((problem) => ({ ...problem, path: [index, ...problem.path] }));
  return { ok: false as const, problems };
}

/** Rules across the fields of a key and across keys. */
function ruleProblems(yaml: YamlFile, index: number, given: ConfigKey, keys: readonly ConfigKey[]): Problem[] {
  const problem = (field: string, found: string, allowed: string, next: string): Problem => {
    return { path: [index, field], position: yaml.valuePosition([index, field]), found, allowed, next };
  };
  const first = keys.find(({ name, line }) => name === given.name && line < given.line);
  const twice = given.components.find((name, at) => given.components.indexOf(name) !== at);
  const hasDefault = given.default !== undefined;
  return [
    first === undefined
      ? undefined
      : problem("name", `"${given.name}", which line ${first.line} has`, "each key once", "make the two one"),
    twice === undefined
      ? undefined
      : problem("components", `"${twice}" twice`, "each component once", "remove one of the two"),
    hasDefault && given.kind === "secret"
      ? problem("default", "a default of a secret", "secrets without a default", "remove it, or make the key config")
      : undefined,
    hasDefault && given.required
      ? problem(
          "default",
          "a default of a required key",
          "required keys without a default",
          "remove it, or write required: false",
        )
      : undefined,
  ].filter((each) => each !== undefined);
}

function notAList(yaml: YamlFile): Problem {
  const example =
    '- { name: HTTP_PORT, components: [api], kind: config, required: false, default: "8080", description: ... }';
  return {
    path: [],
    position: yaml.valuePosition([]),
    found: Array.isArray(yaml.value) ? "an empty list" : yaml.value === null ? "nothing" : "something else than a list",
    allowed: "a list of configuration keys",
    next: `write one item for each, for example ${example}`,
  };
}

/** Judges the environment variables of one container by the registry of configuration keys. */
import { nearestName } from "../../platform/nearest-name.ts";
import { type ConfigKey, type ConfigRegistry, keysOf } from "../config-registry.ts";
import type { JsonPath } from "../json.ts";
import { type ComponentContainer, isMain } from "./env-coverage-containers.ts";
import type { Environment, Variable } from "./env-coverage-source.ts";

/** What is wrong in one container. */
export type Mistake = { readonly path: JsonPath; readonly reason: string; readonly fix: string };

/** Variables that the run-time of a language or the C library reads, and no application. */
const RUNTIME_VARIABLES = new Set([
  ...["GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK"],
  ...["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MALLOC_ARENA_MAX"],
  ...["NODE_ENV", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"],
  ...["HOME", "LANG", "LC_ALL", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ"],
]);

/** Everything that is wrong with what one container gets. */
export function mistakesOf(
  each: ComponentContainer,
  { variables, dangling }: Environment,
  registry: ConfigRegistry,
): Mistake[] {
  const keys = keysOf(registry, each.component.registry);
  // A helper is no component of its own: it may take any key of the system, if it takes it from the right place.
  const relevant = each.isOwn ? keys : registry.keys;
  return [
    ...dangling.map(({ path, reason }) => {
      return {
        path,
        reason,
        fix: "correct the name, render the object, or declare the Secret and its keys in the platform file",
      };
    }),
    ...relevant.flatMap((key) => kindMistakes(each, key, variables)),
    ...(isMain(each) ? keys.flatMap((key) => missingKey(each, key, variables, registry.file)) : []),
    ...(each.isOwn
      ? [...variables.values()].flatMap((variable) => unexplained(each, variable, variables, registry))
      : []),
  ];
}

function kindMistakes(each: ComponentContainer, key: ConfigKey, variables: Environment["variables"]): Mistake[] {
  const variable = variables.get(key.name);
  if (variable === undefined) return [];
  const { path, source } = variable;
  if (key.kind === "config" && source.kind === "Secret") {
    const reason = `${key.name} of ${each.component.chart} is config and comes from Secret ${source.object}`;
    return [{ path, reason, fix: "take it from a ConfigMap, or make the key a secret in the registry" }];
  }
  if (key.kind === "secret" && source.kind !== "Secret" && !isMadeOfSecrets(variable, variables)) {
    const place = source.kind === "ConfigMap" ? `ConfigMap ${source.object}` : "a literal value";
    const reason = `${key.name} of ${each.component.chart} is a secret and comes from ${place}`;
    return [{ path, reason, fix: "take it from a Secret with valueFrom.secretKeyRef" }];
  }
  if (key.required && source.kind === "Secret" && source.isOptional && each.isOwn) {
    const reason = `${key.name} of ${each.component.chart} is required, and its reference is optional`;
    return [
      { path, reason, fix: "remove optional: true, so that a missing Secret is told before the container starts" },
    ];
  }
  if (key.required && each.isOwn && valueOf(variable) === "") {
    const reason = `${key.name} of ${each.component.chart} is required and empty, which counts as absent`;
    return [{ path, reason, fix: "give it a value, or let the chart fail without one" }];
  }
  return [];
}

function missingKey(
  each: ComponentContainer,
  key: ConfigKey,
  variables: Environment["variables"],
  file: string,
): Mistake[] {
  if (variables.has(key.name) || (key.kind === "secret" && !key.required)) return [];
  const { chart } = each.component;
  const consequence = key.required ? "and it does not start without" : "so nobody could set it";
  const reason = `${chart} does not get ${key.name}, which ${file}:${key.line} lists for it, ${consequence}`;
  const fix =
    key.kind === "secret"
      ? "add it with valueFrom.secretKeyRef"
      : "set it in a ConfigMap of the component from a value";
  return [{ path: [...each.container.path, "env"], reason, fix }];
}

function unexplained(
  each: ComponentContainer,
  { name, path }: Variable,
  variables: Environment["variables"],
  registry: ConfigRegistry,
): Mistake[] {
  const keys = keysOf(registry, each.component.registry).map((key) => key.name);
  const isPart = keys.some((key) => referencesIn(variables.get(key)).includes(name));
  if (keys.includes(name) || isPart || RUNTIME_VARIABLES.has(name)) return [];
  const elsewhere = registry.keys.find((key) => key.name === name);
  const near = nearestName(name, keys);
  const known = elsewhere === undefined ? "no component" : `only ${elsewhere.components.join(", ")}`;
  const rename = near === undefined ? "" : `rename it to ${near}, or `;
  const reason = `${each.component.chart} gets ${name}, which ${known} reads according to ${registry.file}`;
  return [{ path, reason, fix: `${rename}remove it, or list ${each.component.registry} for it in the registry` }];
}

/** True for a value that is put together from other variables with $(NAME), at least one of them from a Secret. */
function isMadeOfSecrets(variable: Variable, variables: Environment["variables"]): boolean {
  return referencesIn(variable).some((name) => variables.get(name)?.source.kind === "Secret");
}

function referencesIn(variable: Variable | undefined): string[] {
  if (variable?.source.kind !== "literal") return [];
  return [...variable.source.value.matchAll(/(?<!\$)\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g)].map(([, name = ""]) => name);
}

/** The value of a variable where the render has it. */
export function valueOf(variable: Variable | undefined): string | undefined {
  const source = variable?.source;
  return source?.kind === "literal" || source?.kind === "ConfigMap" ? source.value : undefined;
}

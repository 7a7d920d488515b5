/** The rule that every component gets exactly the configuration keys that its registry lists (C-13, C-30). */
import { type ConfigRegistry, keysOf } from "../config-registry.ts";
import type { ChartRender, Finding, RenderRule } from "../finding.ts";
import { formatPath } from "../json.ts";
import { objectName } from "../manifest.ts";
import {
  type ComponentContainer,
  type ComponentName,
  containersOfComponent,
  isMain,
} from "./env-coverage-containers.ts";
import { type Mistake, mistakesOf, valueOf } from "./env-coverage-mistakes.ts";
import { type DeclaredSecrets, environmentOf } from "./env-coverage-source.ts";
import { unusedConfigKeys } from "./env-coverage-unused.ts";

/** Name of the rule in findings and exceptions. */
export const ENV_COVERAGE = "env-coverage";

/** Name of the rule about defaults in findings and exceptions. */
export const CONFIG_DEFAULT = "config-default";

/** What the containers of a chart are held to. */
export type EnvCoverageSpec = {
  readonly registry: ConfigRegistry;
  /** Component of the registry to the component of the chart, where the two differ. */
  readonly components: Readonly<Record<string, string>>;
  /** Secrets that must exist before an install, and their keys. */
  readonly secrets: DeclaredSecrets;
};

/** The rule for a chart with a registry, over the render of each environment. */
export function envCoverageRule(spec: EnvCoverageSpec): RenderRule {
  return {
    name: ENV_COVERAGE,
    title: "Every component gets the configuration keys of its registry, of the right kind, and no other (C-13)",
    check: (render) => checkEnvCoverage(render, spec),
  };
}

/** The rule about defaults, over a render without any overlay: an overlay may well choose another value. */
export function configDefaultRule(spec: EnvCoverageSpec): RenderRule {
  return {
    name: CONFIG_DEFAULT,
    title: "A default of the chart is the default of the registry (C-13)",
    check: (render) => checkConfigDefaults(render, spec),
  };
}

/** Compares what the containers of a render get with the registry, both ways. */
export function checkEnvCoverage(render: ChartRender, spec: EnvCoverageSpec): Finding[] {
  const findings = componentsOf(spec).flatMap((component) => {
    const containers = containersOfComponent(render, component);
    const absent = containers.some(isMain) ? [] : [noContainer(render, component, spec)];
    const wrong = containers.flatMap((each) => {
      const environment = environmentIn(render, each, spec);
      const mistakes = mistakesOf(each, environment, spec.registry);
      return mistakes.map((mistake) => toFinding(render, ENV_COVERAGE, each, mistake));
    });
    return [...absent, ...wrong];
  });
  const unused = unusedConfigKeys(render).map(({ manifest, ...mistake }) => {
    const { chart, environment } = render;
    return { rule: ENV_COVERAGE, chart, environment, object: objectName(manifest), ...mistake };
  });
  return [...findings, ...unused];
}

/** Compares the values of a render without overlays with the defaults of the registry. */
export function checkConfigDefaults(render: ChartRender, spec: EnvCoverageSpec): Finding[] {
  const found = componentsOf(spec).flatMap((component) =>
    containersOfComponent(render, component)
      .filter(isMain)
      .flatMap((each) => {
        const { variables } = environmentIn(render, each, spec);
        return keysOf(spec.registry, component.registry).flatMap((key) => {
          const variable = variables.get(key.name);
          const value = valueOf(variable);
          if (variable === undefined || value === undefined || key.default === undefined || value === key.default)
            return [];
          const reason = `${component.chart} gets ${key.name}=${JSON.stringify(value)} by default, and the registry (${spec.registry.file}:${key.line}) says ${JSON.stringify(key.default)}`;
          const fix = "make the two equal; a value for one environment belongs in its overlay";
          return [toFinding(render, CONFIG_DEFAULT, each, { path: variable.path, reason, fix })];
        });
      }),
  );
  return found.map((finding) => ({ ...finding, environment: "" as const }));
}

function componentsOf({ registry, components }: EnvCoverageSpec): ComponentName[] {
  return registry.components.map((name) => ({ registry: name, chart: components[name] ?? name }));
}

function environmentIn(render: ChartRender, { container, workload }: ComponentContainer, { secrets }: EnvCoverageSpec) {
  return environmentOf(render, container, workload.manifest.namespace || render.namespace, secrets);
}

function noContainer(render: ChartRender, component: ComponentName, { registry }: EnvCoverageSpec): Finding {
  const { chart, environment } = render;
  return {
    ...{ rule: ENV_COVERAGE, chart, environment, object: `component ${component.chart}`, path: "" },
    reason: `no container of the render runs ${component.registry}, which ${registry.file} has keys for`,
    fix: "label its pods with app.kubernetes.io/component, or map its name in config.components of the platform file",
  };
}

function toFinding(
  render: ChartRender,
  rule: string,
  each: ComponentContainer,
  { path, reason, fix }: Mistake,
): Finding {
  const { chart, environment } = render;
  return { rule, chart, environment, object: objectName(each.workload.manifest), path: formatPath(path), reason, fix };
}

/** The rule that probes suit what a container serves (C-24, C-25). */
import type { ConfigRegistry } from "../config-registry.ts";
import { keysOf } from "../config-registry.ts";
import type { ChartRender, Finding, RenderRule } from "../finding.ts";
import { formatPath, type JsonPath, textAt, valueAt } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { componentOf, declaredPorts } from "../network/release-pods.ts";
import { type Container, containersOf, type Workload, workloadsOf } from "../workload.ts";
import { isSameProbe, PROBES, type ProbeName } from "./probes-equal.ts";
import { servingContainers } from "./probes-service.ts";

/** Name of the rule in findings and exceptions. */
export const PROBES_RULE = "probes";

/** How a probe asks. */
export const PROBE_HANDLERS = ["httpGet", "tcpSocket", "grpc", "exec"] as const;

/** What is known of the components of a chart beside their manifests; all of it can be left out. */
export type ProbeSpec = {
  /** Registry of configuration keys: a component without a key that ends in _PORT serves no HTTP. */
  readonly registry?: ConfigRegistry | undefined;
  /** Component of the registry to the component of the chart, where the two differ. */
  readonly components?: Readonly<Record<string, string>> | undefined;
  /** Further components, as the chart calls them, that must not be probed by HTTP. */
  readonly withoutHttp?: readonly string[] | undefined;
};

type Mistake = { readonly path: JsonPath; readonly reason: string; readonly fix: string };

type Probed = { readonly workload: Workload; readonly container: Container; readonly component: string };

/** The rule for one chart. */
export function probesRule(spec: ProbeSpec = {}): RenderRule {
  return {
    name: PROBES_RULE,
    title: "Probes ask ports that exist, HTTP only where it is served, and readiness not as liveness (C-24, C-25)",
    check: (render) => checkProbes(render, spec),
  };
}

/** Checks the probes of all pods of a render. */
export function checkProbes(render: ChartRender, spec: ProbeSpec): Finding[] {
  const withoutHttp = silentComponents(spec);
  const toFinding = (manifest: Manifest, { path, reason, fix }: Mistake): Finding => {
    const { chart, environment } = render;
    return { rule: PROBES_RULE, chart, environment, object: objectName(manifest), path: formatPath(path), reason, fix };
  };
  const inContainers = workloadsOf(render.manifests).flatMap((workload) =>
    containersOf(workload).flatMap((container) => {
      const probed = { workload, container, component: componentOf(workload) };
      const mistakes = [
        ...PROBES.flatMap((probe) => probeMistakes(probed, probe, withoutHttp)),
        ...sameMistake(probed),
      ];
      return mistakes.map((mistake) => toFinding(workload.manifest, mistake));
    }),
  );
  const unprobed = servingContainers(render).flatMap(({ workload, container, service, port }) => {
    if (PROBES.some((probe) => probe !== "livenessProbe" && hasProbe(container, probe))) return [];
    const reason = `${container.name} answers Service ${service} on ${port} and has neither a readiness nor a startup probe`;
    const fix = "add a readinessProbe, so that it gets connections only when it can answer them";
    return [toFinding(workload.manifest, { path: container.path, reason, fix })];
  });
  return [...inContainers, ...unprobed];
}

/** Components that have no port to configure, or are named, and why. */
function silentComponents({ registry, components = {}, withoutHttp = [] }: ProbeSpec): Map<string, string> {
  const silent = (registry?.components ?? []).filter((name) => {
    return registry !== undefined && !keysOf(registry, name).some((key) => key.name.endsWith("_PORT"));
  });
  return new Map([
    ...silent.map(
      (name) => [components[name] ?? name, `${registry?.file ?? ""} gives it no key that ends in _PORT`] as const,
    ),
    ...withoutHttp.map((name) => [name, "it is listed as a component without HTTP probes"] as const),
  ]);
}

function probeMistakes(probed: Probed, probe: ProbeName, withoutHttp: ReadonlyMap<string, string>): Mistake[] {
  const { container, component } = probed;
  const { value } = container;
  return PROBE_HANDLERS.filter((handler) => valueAt(value, probe, handler) !== undefined).flatMap((handler) => {
    const path = [...container.path, probe, handler];
    const silent = handler === "httpGet" ? withoutHttp.get(component) : undefined;
    const http: Mistake[] =
      silent === undefined
        ? []
        : [
            {
              path,
              reason: `${probe} of ${component} asks by HTTP, and ${silent}`,
              fix: "use exec or tcpSocket, or no probe",
            },
          ];
    const host = textAt(value, probe, handler, "host");
    const elsewhere: Mistake[] =
      host === ""
        ? []
        : [
            {
              path: [...path, "host"],
              reason: `${probe} of ${component} asks the host ${host} and not the pod itself`,
              fix: "remove host; for a virtual host, set a Host header in httpHeaders",
            },
          ];
    return [...http, ...elsewhere, ...(handler === "exec" ? [] : portMistakes(probed, probe, path))];
  });
}

function portMistakes({ container, component }: Probed, probe: ProbeName, path: JsonPath): Mistake[] {
  const port = valueAt(container.value, ...path.slice(container.path.length), "port");
  const declared = declaredPorts(container.value);
  const found = declared.find((each) => each.port === port || (typeof port === "string" && each.name === port));
  const names = declared
    .map((each) => `${each.name === "" ? "" : `${each.name} `}${each.port}/${each.protocol}`)
    .join(", ");
  const known = names === "" ? `${container.name} declares no port` : `${container.name} declares ${names}`;
  if (found?.protocol === "TCP") return [];
  const what = found === undefined ? "is not declared" : `is ${found.protocol}`;
  return [
    {
      path: [...path, "port"],
      reason: `${probe} of ${component} asks port ${JSON.stringify(port)}, which ${what}: ${known}`,
      fix: "probe a declared TCP port by its name, or declare the port that the container listens on",
    },
  ];
}

function sameMistake({ container, component }: Probed): Mistake[] {
  if (!hasProbe(container, "readinessProbe") || !hasProbe(container, "livenessProbe")) return [];
  if (!isSameProbe(container.value)) return [];
  const reason = `readinessProbe and livenessProbe of ${component} are the same, so a pod that only waits is restarted`;
  const fix = "make readiness ask what a request needs, and liveness only whether the process is stuck, more patiently";
  return [{ path: [...container.path, "livenessProbe"], reason, fix }];
}

function hasProbe({ value }: Container, probe: ProbeName): boolean {
  return PROBE_HANDLERS.some((handler) => valueAt(value, probe, handler) !== undefined);
}

/** The pods of a release as ends of connections. */
import type { ChartRender } from "../finding.ts";
import { itemsAt, textAt, valueAt } from "../json.ts";
import { COMPONENT_LABEL, containersOf, type Workload, workloadsOf } from "../workload.ts";
import { type ContainerPort, NAMESPACE_LABEL, type ReleasePod } from "./endpoint.ts";
import type { Labels } from "./label-selector.ts";
import { parseProtocol } from "./port-space.ts";

/** The component that a pod belongs to: its component label, and the name of its object where it has none. */
export function componentOf({ labels, manifest }: Workload): string {
  return labels[COMPONENT_LABEL] ?? manifest.labels[COMPONENT_LABEL] ?? manifest.name;
}

/** Ports that the running containers of a pod declare, sidecars among the init containers included. */
export function portsOf(workload: Workload): ContainerPort[] {
  return containersOf(workload)
    .filter(({ kind, value }) => kind === "container" || textAt(value, "restartPolicy") === "Always")
    .flatMap(({ value }) => declaredPorts(value));
}

/** Ports that one container declares. */
export function declaredPorts(container: unknown): ContainerPort[] {
  return itemsAt(container, "ports").flatMap((declared) => {
    const [port, protocol] = [valueAt(declared, "containerPort"), parseProtocol(valueAt(declared, "protocol"))];
    const isPort = typeof port === "number" && protocol !== undefined;
    return isPort ? [{ port, protocol, name: textAt(declared, "name") }] : [];
  });
}

/** The pods of a release, hooks and tests included. */
export function releasePods(render: ChartRender): ReleasePod[] {
  return workloadsOf(render.manifests).map((workload) => {
    const namespace = workload.manifest.namespace || render.namespace;
    const component = componentOf(workload);
    return {
      kind: "pod",
      names: [component],
      represents: [component],
      title: `${workload.manifest.kind} ${workload.manifest.name}`,
      namespace,
      namespaceLabels: namespaceLabels(render, namespace),
      labels: workload.labels,
      workload,
      ports: portsOf(workload),
    };
  });
}

/** Labels that are known of a namespace: its name, and those that the release itself gives it. */
export function namespaceLabels({ manifests }: ChartRender, name: string): Labels {
  const rendered = manifests.find((manifest) => manifest.kind === "Namespace" && manifest.name === name);
  return { ...rendered?.labels, [NAMESPACE_LABEL]: name };
}

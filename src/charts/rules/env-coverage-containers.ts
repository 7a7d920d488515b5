/** Tells which containers of a render run a component of the registry. */
import type { ChartRender } from "../finding.ts";
import { textAt } from "../json.ts";
import { componentOf } from "../network/release-pods.ts";
import { type Container, containersOf, type Workload, workloadsOf } from "../workload.ts";

/** A component of the registry and what the chart calls it. */
export type ComponentName = { readonly registry: string; readonly chart: string };

/** A container of a pod of a component. */
export type ComponentContainer = {
  readonly component: ComponentName;
  readonly workload: Workload;
  readonly container: Container;
  /** True where it runs the component itself; false for helpers beside it. */
  readonly isOwn: boolean;
};

/** All containers of the pods of a component. */
export function containersOfComponent({ manifests }: ChartRender, component: ComponentName): ComponentContainer[] {
  const workloads = workloadsOf(manifests).filter((workload) => componentOf(workload) === component.chart);
  return workloads.flatMap((workload) => {
    const containers = containersOf(workload);
    const main = containers.filter(({ kind }) => kind === "container");
    // A test pod beside a component has its labels and runs something else.
    const isTest = workload.hooks.includes("test");
    return containers.map((container) => {
      const isOnly = !isTest && main.length === 1 && main[0] === container;
      return { component, workload, container, isOwn: isOnly || isOwnContainer(container, component) };
    });
  });
}

/** True for a container that runs the component for good, and so needs all of its keys. */
export function isMain({ isOwn, container }: ComponentContainer): boolean {
  return isOwn && (container.kind === "container" || textAt(container.value, "restartPolicy") === "Always");
}

/** By its name, or by its image: the last part of the repository is the component, or ends in it after a dash. */
function isOwnContainer({ name, value }: Container, { registry, chart }: ComponentName): boolean {
  if (name === registry || name === chart) return true;
  const repository = textAt(value, "image").split("@")[0]?.split("/").at(-1)?.split(":")[0] ?? "";
  return [registry, chart].some((component) => repository === component || repository.endsWith(`-${component}`));
}

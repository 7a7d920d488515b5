/** Finds the containers that answer the Services of a render. */
import type { ChartRender } from "../finding.ts";
import { entriesAt, itemsAt, textsAt, valueAt } from "../json.ts";
import { declaredPorts } from "../network/release-pods.ts";
import { type Container, containersOf, type Workload, workloadsOf } from "../workload.ts";

/** A container that a Service sends connections to. */
export type ServingContainer = {
  readonly workload: Workload;
  readonly container: Container;
  readonly service: string;
  /** The Service's target port, as the Service writes it. */
  readonly port: string;
};

const LASTING = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/**
 * Containers of lasting workloads that declare a target port of a Service; all containers of a pod of which none
 * declares it. Each is given once.
 */
export function servingContainers({ manifests, namespace }: ChartRender): ServingContainer[] {
  const workloads = workloadsOf(manifests).filter(({ manifest }) => LASTING.has(manifest.kind));
  const found = manifests
    .filter(({ kind, body }) => kind === "Service" && entriesAt(body, "spec", "selector").length > 0)
    .flatMap((service) => {
      const selector = Object.entries(textsAt(service.body, "spec", "selector"));
      const selected = workloads.filter(({ labels, manifest }) => {
        const isNear = (manifest.namespace || namespace) === (service.namespace || namespace);
        return isNear && selector.every(([key, value]) => labels[key] === value);
      });
      return itemsAt(service.body, "spec", "ports").flatMap((each) => {
        const target = valueAt(each, "targetPort") ?? valueAt(each, "port");
        return selected.flatMap((workload) =>
          answering(workload, target).map((container): ServingContainer => {
            return { workload, container, service: service.name, port: String(target) };
          }),
        );
      });
    });
  return [...new Map(found.toReversed().map((each) => [each.container.value, each])).values()].toReversed();
}

function answering(workload: Workload, target: unknown): Container[] {
  const running = containersOf(workload).filter(
    ({ kind, value }) => kind === "container" || valueAt(value, "restartPolicy") === "Always",
  );
  const declaring = running.filter(({ value }) =>
    declaredPorts(value).some(({ port, name }) => port === target || (name !== "" && name === target)),
  );
  return declaring.length > 0 ? declaring : running;
}

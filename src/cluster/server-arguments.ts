/** Chooses the arguments of `k3s server`. */
import { CLUSTER } from "./start-script.ts";

/** Parts of k3s that a test of charts does not need; each takes seconds and memory. */
const DISABLED = ["traefik", "servicelb", "metrics-server"] as const;

/** Most images that a node tells of; all that were side-loaded must be among them. */
const ALL_IMAGES = -1;

/**
 * Gives the arguments that are the same on every machine, understood by the official k3s and by its stand-in.
 *
 * @param handOver Folder that the kubeconfig is written to.
 */
export function serverArguments(handOver: string): string[] {
  return [
    `--node-name=${CLUSTER.node}`,
    `--tls-san=${CLUSTER.host}`,
    `--https-listen-port=${CLUSTER.port}`,
    ...DISABLED.map((name) => `--disable=${name}`),
    "--disable-cloud-controller",
    "--disable-helm-controller",
    // The API server reaches the node directly: through k3s's tunnel, logs and exec fail inside a container.
    "--egress-selector-mode=disabled",
    // One node needs no tunnel between nodes, nor the kernel's vxlan.
    "--flannel-backend=host-gw",
    `--write-kubeconfig=${handOver}/kubeconfig`,
    "--write-kubeconfig-mode=0600",
    `--kubelet-arg=node-status-max-images=${ALL_IMAGES}`,
    // The disk is shared with the engine's cache, and a cluster of minutes stops only when it is really full.
    "--kubelet-arg=eviction-hard=imagefs.available<1%,nodefs.available<1%,memory.available<50Mi",
    // The kubelet must not remove images that cannot be pulled again because the engine's disk is in use.
    "--kubelet-arg=image-gc-high-threshold=100",
    "--kubelet-arg=image-gc-low-threshold=99",
  ];
}

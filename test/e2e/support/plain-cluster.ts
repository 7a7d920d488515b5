/** A cluster started as public modules start one: the image of k3s with all that it has on, reached through its kubeconfig. */
import { randomUUID } from "node:crypto";

import { type Container, dag, type Service } from "@dagger.io/dagger";

import { MACHINE_ARGUMENTS } from "../../../src/cluster/machine-arguments.ts";
import { type ImageLock, lookupImage } from "../../../src/platform/image-lock.ts";

/** Such a cluster. */
export type PlainCluster = {
  readonly service: Service;
  /** A container with kubectl, once the kubeconfig is there. */
  readonly client: () => Container;
};

/** Hands control groups on, as those modules have it from the start script of Docker in Docker. */
const ENTRYPOINT = `#!/bin/sh
set -eu
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  while read -r process; do echo "$process" > /sys/fs/cgroup/init/cgroup.procs || true; done < /sys/fs/cgroup/cgroup.procs
  sed -e 's/ / +/g' -e 's/^/+/' < /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi
exec "$@"
`;
const SERVE = `own=/var/lib/rancher root=/sys/fs/cgroup
${MACHINE_ARGUMENTS}exec k3s server "$@"`;
const WAIT_FOR_KUBECONFIG = "while [ ! -f /cache/k3s.yaml ]; do sleep 0.5; done";

/** Describes one; nothing of it runs yet. Arguments that a machine forces are given. */
export function plainCluster(lock: ImageLock): PlainCluster {
  const image = dag.container().from(lookupImage(lock, "k3s").reference);
  const name = randomUUID();
  const config = dag.cacheVolume(`recipe-config-${name}`);
  const node = anew(
    image
      .withNewFile("/usr/bin/entrypoint.sh", ENTRYPOINT, { permissions: 0o755 })
      .withEntrypoint(["entrypoint.sh"])
      .withMountedCache("/etc/rancher/k3s", config)
      .withMountedTemp("/etc/lib/cni")
      .withMountedTemp("/var/lib/kubelet")
      .withMountedCache("/var/lib/rancher", dag.cacheVolume(`recipe-state-${name}`)),
  )
    .withExec(["rm", "-rf", "/var/lib/rancher/k3s/", "/etc/rancher/k3s/k3s.yaml"])
    .withMountedTemp("/var/log")
    .withExposedPort(6443);
  const words = ["--tls-san=k3s", "--egress-selector-mode=disabled", "--flannel-backend=host-gw"];
  const service = node.asService({
    args: ["sh", "-c", SERVE, "k3s", ...words],
    useEntrypoint: true,
    insecureRootCapabilities: true,
  });
  return {
    service,
    client: () => {
      const kubeconfig = anew(image.withMountedCache("/cache", config))
        .withExec(["sh", "-c", WAIT_FOR_KUBECONFIG])
        .withExec(["sh", "-c", "sed s/127.0.0.1/k3s/ /cache/k3s.yaml > /k3s.yaml"])
        .file("/k3s.yaml");
      const client = anew(image.withServiceBinding("k3s", service).withFile("/k3s.yaml", kubeconfig));
      return client.withEnvVariable("KUBECONFIG", "/k3s.yaml");
    },
  };
}

/** Makes sure that nothing of an earlier round is taken for this one's. */
function anew(container: Container): Container {
  return container.withEnvVariable("CACHEBUST", randomUUID());
}

/** A cluster that exists already, used for one test: it works in namespaces of its own, and takes them away. */
import { dag, type File, type Secret, type Service } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { type Client, clusterClient } from "./client.ts";
import { checkKinds, parseKinds } from "./cluster-kinds.ts";
import type { TestCluster } from "./k3s.ts";
import { checkNamespaced, LEASE, leftBehind, OWN, ownNamespace, renewalWords } from "./own-namespaces.ts";
import type { Release } from "./release.ts";

/** How a cluster that exists is reached. */
export type Access = {
  readonly kubeconfig: Secret;
  /** Service that answers under the host name `k3s`, for a cluster that only the caller sees. */
  readonly service?: Service | undefined;
};

const GONE_WITHIN_SECONDS = 180;

/**
 * Makes the namespaces of a run in a cluster. Namespaces that earlier runs had to leave behind are removed.
 *
 * @param run Tells this run from all others.
 * @param namespaces Names that only this run has; throws KubectlError where one exists.
 */
export async function useCluster(
  lock: ImageLock,
  { kubeconfig, service }: Access,
  run: string,
  helm: File,
  namespaces: readonly string[],
): Promise<TestCluster> {
  const image = dag.container().from(lookupImage(lock, "k3s").reference);
  const client = clusterClient({ image, service, kubeconfig, helm, run });
  const words = ["get", "namespaces", "--selector", OWN.label, "--output", "json"];
  const old = leftBehind(JSON.parse(await client.kubectl(...words)), Date.now());
  if (old.length > 0) await client.kubectl("delete", "namespace", "--wait=false", ...old);
  const made: string[] = [];
  const renewal = setInterval(() => void renew(client, made), LEASE.renewedEverySeconds * 1000);
  renewal.unref();
  const stop = async () => {
    clearInterval(renewal);
    if (made.length === 0) return;
    await client.kubectl("delete", "namespace", "--ignore-not-found", `--timeout=${GONE_WITHIN_SECONDS}s`, ...made);
  };
  try {
    for (const name of namespaces) {
      const file = "/tmp/namespace.json";
      const container = client.client().withNewFile(file, ownNamespace(name, run, Date.now()));
      await container.withExec(["kubectl", "create", "--filename", file]).sync();
      made.push(name);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...client, ready: () => Promise.resolve({}), namespaces, stop };
}

/** Throws KindsMissingError and OutsideNamespaceError where a release needs more of the cluster than its namespace. */
export async function checkReleases(cluster: TestCluster, releases: readonly Release[]): Promise<void> {
  const kinds = parseKinds(await cluster.kubectl("api-resources", "--no-headers"));
  for (const { spec, manifests } of releases) {
    checkKinds(spec.name, manifests, kinds);
    checkNamespaced(spec, manifests, kinds);
  }
}

/** Makes namespaces the run's own for longer. What fails is tried again before the time is over. */
async function renew(client: Client, namespaces: readonly string[]): Promise<void> {
  if (namespaces.length === 0) return;
  await client.tryKubectl(...renewalWords(namespaces, Date.now())).catch(() => undefined);
}

/** Asks a cluster: a container with kubectl (and helm) that is bound to its service. */
import { type Container, type File, ReturnType, type Secret, type Service } from "@dagger.io/dagger";

import { type CommandResult, KubectlError } from "./kubectl-error.ts";
import { CLUSTER } from "./start-script.ts";

/** What asks a cluster. */
export type Client = {
  /**
   * A container with kubectl and, where the cluster was given it, helm, that reaches the cluster and has administrator's
   * access. What runs in it is of this moment: each call gives a container that was never used before.
   */
  readonly client: () => Container;
  /** Runs kubectl and gives what it printed; throws KubectlError when it fails. */
  readonly kubectl: (...words: readonly string[]) => Promise<string>;
  /** Runs kubectl and gives how it ended. */
  readonly tryKubectl: (...words: readonly string[]) => Promise<CommandResult>;
  /** Applies manifests, YAML of any number of objects; throws KubectlError when the cluster refuses one. */
  readonly apply: (manifests: string) => Promise<string>;
};

/** What a client is made of. */
export type ClientParts = {
  /** k3s's own image, which has kubectl. */
  readonly image: Container;
  /** Service of the cluster, under the host name that the kubeconfig has; none where the network leads there. */
  readonly service: Service | undefined;
  readonly kubeconfig: Secret;
  readonly helm: File | undefined;
  readonly run: string;
};

const KUBECONFIG = "/var/run/slipway/kubeconfig";
const MANIFESTS = "/tmp/manifests.yaml";

/** Makes the client of a cluster. */
export function clusterClient({ image, service, kubeconfig, helm, run }: ClientParts): Client {
  let calls = 0;
  const bound = service === undefined ? image : image.withServiceBinding(CLUSTER.host, service);
  const base = bound.withMountedSecret(KUBECONFIG, kubeconfig).withEnvVariable("KUBECONFIG", KUBECONFIG);
  const equipped = helm === undefined ? base : base.withFile("/usr/local/bin/helm", helm, { permissions: 0o755 });
  const client = () => equipped.withEnvVariable("SLIPWAY_RUN", `${run} ${++calls}`);
  const kubectl = (words: readonly string[], container = client()) => runCommand(container, ["kubectl", ...words]);
  return {
    client,
    kubectl: async (...words) => printed(await kubectl(words)),
    tryKubectl: (...words) => kubectl(words),
    apply: async (manifests) => {
      const container = client().withNewFile(MANIFESTS, manifests);
      // On the side of the server: a large definition of a resource does not fit into the annotation of the other way.
      return printed(await kubectl(["apply", "--server-side", "--filename", MANIFESTS], container));
    },
  };
}

function printed(result: CommandResult): string {
  if (result.exitCode !== 0) throw new KubectlError(result);
  return result.stdout;
}

async function runCommand(container: Container, command: readonly string[]): Promise<CommandResult> {
  const ended = container.withExec([...command], { expect: ReturnType.Any });
  const exitCode = await ended.exitCode();
  const [stdout, stderr] = await Promise.all([ended.stdout(), ended.stderr()]);
  return { command, exitCode, stdout, stderr };
}

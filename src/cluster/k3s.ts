/** A k3s that a run starts as a service of the engine, and takes away again. Rules are in the files beside. */
import { randomUUID } from "node:crypto";

import { type Container, dag, type File, ReturnType, type Secret, type Service } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { describeFailure, isExecFailure } from "../report/engine-failure.ts";
import { RESULTS } from "../report/results-folder.ts";
import { type Client, clusterClient } from "./client.ts";
import { FACTS_SCRIPT, parseHostFacts } from "./host-facts.ts";
import { ClusterHostError, hostObstacles, PrivilegeRefusedError } from "./preflight.ts";
import { ClusterEndedError, ClusterNotReadyError, parseReadiness, type Step } from "./readiness.ts";
import { serverArguments } from "./server-arguments.ts";
import { nodeImageName, sideLoadPath } from "./side-load.ts";
import { CLUSTER, OPEN_SCRIPT, READY_SCRIPT, SERVE_SCRIPT, SWEEP_SCRIPT } from "./start-script.ts";

/** Images that the cluster is given before it starts. */
export type SideLoad = {
  /** Names that pods use, as the tarball has them. */
  readonly names: readonly string[];
  /** OCI layout in a tar archive, which names the images. */
  readonly tarball: File;
};

/** What a cluster is started with. */
export type ClusterOptions = {
  /** Tells this cluster from all others, those of other runs too: letters, digits and hyphens. */
  readonly run: string;
  readonly images?: readonly SideLoad[];
  /** Program that the client has besides kubectl. */
  readonly helm?: File;
  /** Longest time from the start of the service until all is ready, in seconds; default 180. */
  readonly readyWithinSeconds?: number;
};

/** A cluster as a test uses it: its API answers, and the rest may still be coming. */
export type TestCluster = Client & {
  /**
   * Waits until pods can run, and says when each thing was there, in seconds; empty for a cluster that was there before.
   * May be called any number of times.
   */
  readonly ready: () => Promise<Readonly<Partial<Record<Step, number>>>>;
  /** Namespaces that the test is bound to; all of the cluster where it names none. */
  readonly namespaces?: readonly string[];
  /** Takes away what the test made. May be called twice. */
  readonly stop: () => Promise<void>;
};

/** A cluster of a run. It ends with `stop`, or with the engine's session. */
export type Cluster = Omit<TestCluster, "ready"> & {
  /** The service itself, for a caller that hands it out; its API is on port 6443. */
  readonly service: Service;
  /** Access as administrator, to the host name `k3s`. */
  readonly kubeconfig: Secret;
  /** As above, from the start of the service's process; throws ClusterEndedError and ClusterNotReadyError. */
  readonly ready: () => Promise<Readonly<Record<Step, number>>>;
};

/** How long a cluster may take by default: an official image pulls the images of k3s itself from a registry first. */
const READY_WITHIN_SECONDS = 180;

/** How long after all else an image may appear: tarballs are imported first, and a node renews its list every half minute. */
const IMAGES_WITHIN_SECONDS = 35;

/** The cluster's parts while it starts. */
type Start = {
  readonly image: Container;
  readonly run: string;
};

/**
 * Starts a cluster and waits until it is ready. Throws ClusterHostError where the engine's machine cannot run one,
 * ClusterEndedError and ClusterNotReadyError where it did not come up; then nothing of it is left.
 */
export async function startCluster(lock: ImageLock, options: ClusterOptions): Promise<Cluster> {
  const cluster = await openCluster(lock, options);
  try {
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * Does so, and waits for the API alone: objects can be made while images are imported and the node starts. Who opens a
 * cluster waits for `ready` as well, or does not learn that it never came up.
 */
export async function openCluster(lock: ImageLock, options: ClusterOptions): Promise<Cluster> {
  const image = dag.container().from(lookupImage(lock, "k3s").reference);
  const start: Start = { image, run: options.run };
  const service = clusterService(start, options.images ?? []);
  // The check takes as long as the service takes to start, and says better why that cannot run.
  const started = orEnded(start, service.start());
  started.catch(() => undefined);
  try {
    await checkHost(start);
    await started;
    return await clusterOf(start, service, options);
  } catch (error) {
    await Promise.allSettled([started]);
    await stopCluster(start, service);
    throw error;
  }
}

/** The kubeconfig that a cluster has written, with the address that the node itself uses; "" where none runs. */
export async function kubeconfigOf(lock: ImageLock, run: string): Promise<string> {
  const image = dag.container().from(lookupImage(lock, "k3s").reference);
  const reader = onVolume({ image, run }, `kubeconfig ${randomUUID()}`).withEnvVariable("HAND_OVER", handOver({ run }));
  return reader.withExec(["sh", "-c", 'cat "$HAND_OVER/kubeconfig" 2> /dev/null || true']).stdout();
}

/** Asks the machine what it can do, with the rights of a node; throws where that is too little. */
async function checkHost(start: Start): Promise<void> {
  const probe = onVolume(start, "facts").withEnvVariable("STATE", CLUSTER.clusters);
  const command = ["sh", "-c", FACTS_SCRIPT];
  let output: string;
  try {
    output = await probe.withExec(command, { insecureRootCapabilities: true }).stdout();
  } catch (error) {
    // A script that ran and failed is no refusal, and neither is an engine that cannot run the same script without rights.
    if (isExecFailure(error)) throw error;
    await probe.withExec(command).sync();
    throw new PrivilegeRefusedError(describeFailure(error), { cause: error });
  }
  const obstacles = hostObstacles(parseHostFacts(output));
  if (obstacles.length > 0) throw new ClusterHostError(obstacles);
}

function clusterService(start: Start, images: readonly SideLoad[]): Service {
  const node = onVolume(start, "serve")
    .withMountedTemp("/run")
    .withMountedTemp("/tmp")
    .withEnvVariable("CLUSTER", start.run)
    // The engine's own check waits for the port without a bound; the script that waits has one.
    .withExposedPort(CLUSTER.port, { experimentalSkipHealthcheck: true });
  return images
    .reduce((loaded, { names, tarball }) => loaded.withMountedFile(sideLoadPath(names[0] ?? ""), tarball), node)
    .asService({
      args: ["sh", "-c", SERVE_SCRIPT, "k3s", ...serverArguments(`${CLUSTER.state}/${CLUSTER.handOver}`)],
      insecureRootCapabilities: true,
    });
}

async function clusterOf(start: Start, service: Service, options: ClusterOptions): Promise<Cluster> {
  const bound = options.readyWithinSeconds ?? READY_WITHIN_SECONDS;
  const readiness = readinessOf(start, service, options, bound);
  // Who opens the cluster asks for it later.
  readiness.catch(() => undefined);
  const opener = waiter(start, service, "open", bound).withExec(["sh", "-c", OPEN_SCRIPT], { expect: ReturnType.Any });
  const opened = await orEnded(start, opener.exitCode());
  // What keeps the API from answering keeps all else from being there, and that says more.
  if (opened !== 0) {
    await readiness;
    throw new ClusterEndedError(`its API did not answer in ${bound} s, or it has no storage class`, await logOf(start));
  }
  const kubeconfig = dag.setSecret(
    `slipway-kubeconfig-${start.run}`,
    await opener.file(`${RESULTS}/kubeconfig`).contents(),
  );
  return {
    ...clusterClient({ image: start.image, service, kubeconfig, helm: options.helm, run: start.run }),
    service,
    kubeconfig,
    ready: () => readiness,
    stop: () => stopCluster(start, service),
  };
}

/** When each thing was there. */
async function readinessOf(start: Start, service: Service, options: ClusterOptions, bound: number) {
  const asked = waiter(start, service, "wait", bound)
    .withEnvVariable("NODE", CLUSTER.node)
    .withEnvVariable("IMAGES", (options.images ?? []).flatMap(({ names }) => names.map(nodeImageName)).join("\n"))
    .withEnvVariable("IMAGES_WITHIN", String(IMAGES_WITHIN_SECONDS))
    .withExec(["sh", "-c", READY_SCRIPT]);
  const readiness = parseReadiness(await orEnded(start, asked.stdout()));
  if (readiness.kind === "missing") throw new ClusterNotReadyError(readiness, bound, await logOf(start));
  return readiness.seconds;
}

/** A container that waits for something of the cluster. */
function waiter(start: Start, service: Service, purpose: string, bound: number): Container {
  return onVolume(start, purpose)
    .withServiceBinding(CLUSTER.host, service)
    .withEnvVariable("HAND_OVER", handOver(start))
    .withEnvVariable("BOUND", String(bound))
    .withEnvVariable("API", `https://${CLUSTER.host}:${CLUSTER.port}`);
}

/** What was asked of a cluster; throws ClusterEndedError where the engine refused it, since the service is gone. */
async function orEnded<Result>(start: Start, waiting: Promise<Result>): Promise<Result> {
  try {
    return await waiting;
  } catch (error) {
    throw new ClusterEndedError(describeFailure(error), await logOf(start), { cause: error });
  }
}

/** Stops the service, which removes its state itself, and then makes sure of that. */
async function stopCluster(start: Start, service: Service): Promise<void> {
  await service.stop();
  await onVolume(start, "stop").withExec(["sh", "-c", SWEEP_SCRIPT]).sync();
}

async function logOf(start: Start): Promise<string> {
  const log = onVolume(start, "log").withEnvVariable("HAND_OVER", handOver(start));
  return log.withExec(["sh", "-c", 'cat "$HAND_OVER/log" 2> /dev/null || true']).stdout();
}

function handOver({ run }: Pick<Start, "run">): string {
  return `${CLUSTER.clusters}/${run}/${CLUSTER.handOver}`;
}

/** k3s's image with the volume of all clusters; what runs in it runs anew for each cluster and purpose. */
function onVolume({ image, run }: Start, purpose: string): Container {
  return image
    .withMountedCache(CLUSTER.clusters, dag.cacheVolume(CLUSTER.volume))
    .withEnvVariable("CLUSTERS", CLUSTER.clusters)
    .withEnvVariable("SLIPWAY_RUN", `${run} ${purpose}`);
}

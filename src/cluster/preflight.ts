/** Decides from facts about the machine whether a cluster can run there, and says what to change where it cannot. */
import { PipelineError } from "../report/errors.ts";
import type { HostFacts } from "./host-facts.ts";

/** One reason why a cluster cannot run, and the setting that takes it away. */
export type Obstacle = { readonly found: string; readonly change: string };

/** What a cluster needs at least. */
export const NEEDS = {
  /** Control plane, node and name service take 0.9 GiB; the rest is for the pods. */
  memoryMiB: 1536,
  /** The state of an empty cluster takes 0.3 GiB; images that are side-loaded are there twice. */
  diskMiB: 3072,
  /** Kubelet, container runtime and each pod that watches files take some. */
  inotifyInstances: 128,
  controllers: {
    1: ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
    2: ["cpu", "cpuset", "memory", "pids"],
  },
} as const;

/** Ranges of the cluster's pods and services; k3s's own choice. */
export const CLUSTER_RANGES = ["10.42.", "10.43."] as const;

/** The machine cannot run a cluster; the message lists everything that is missing. */
export class ClusterHostError extends PipelineError {
  override readonly name = "ClusterHostError";
  constructor(readonly obstacles: readonly Obstacle[]) {
    const found = obstacles.map(({ found }) => `- ${found}`).join("\n");
    const change = obstacles.map(({ change }) => change).join("; ");
    super("infra", `the Dagger engine cannot run a cluster:\n${found}`, change);
  }
}

/** The engine runs commands, but not with the rights that a node needs. */
export class PrivilegeRefusedError extends PipelineError {
  override readonly name = "PrivilegeRefusedError";
  constructor(reason: string, options?: ErrorOptions) {
    super(
      "infra",
      `the Dagger engine refuses to run a command with all capabilities, which the node of a cluster needs: ${reason}`,
      'set "security": {"insecureRootCapabilities": true} in the engine\'s engine.json, and run the engine itself privileged',
      options,
    );
  }
}

/** Everything that keeps a cluster from running; nothing when it can. */
export function hostObstacles(facts: HostFacts): Obstacle[] {
  return [...cgroupObstacles(facts), ...spaceObstacles(facts), ...networkObstacles(facts)];
}

function cgroupObstacles(facts: HostFacts): Obstacle[] {
  const { cgroupVersion: version, cgroupControllers, cgroupWritable } = facts;
  if (version === undefined) {
    const change = "mount the control groups at /sys/fs/cgroup of the machine that the engine runs on";
    return [{ found: "no control groups are mounted", change }];
  }
  const missing = NEEDS.controllers[version].filter((name) => !cgroupControllers.includes(name));
  if (missing.length > 0) {
    const has = cgroupControllers.length === 0 ? "none" : cgroupControllers.join(", ");
    const found = `control groups of version ${version} are without ${missing.join(", ")}; there are: ${has}`;
    return [{ found, change: controllersChange(version, missing) }];
  }
  if (cgroupWritable) return [];
  const change = "run the engine privileged, so that /sys/fs/cgroup is writable in its containers";
  return [{ found: "control groups are read-only", change }];
}

function controllersChange(version: 1 | 2, missing: readonly string[]): string {
  if (version === 1)
    return `boot the machine with the controllers ${missing.join(", ")} on (kernel argument cgroup_enable=...)`;
  const enable = missing.map((name) => `+${name}`).join(" ");
  return `delegate them to the engine: write "${enable}" to cgroup.subtree_control of every group above it, or set Delegate=yes in its systemd unit`;
}

function spaceObstacles({ memoryAvailableMiB, diskFreeMiB }: HostFacts): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (memoryAvailableMiB < NEEDS.memoryMiB) {
    const found = `${memoryAvailableMiB} MiB of memory are available, and ${NEEDS.memoryMiB} MiB are needed`;
    obstacles.push({ found, change: "give the engine's machine more memory, or end what uses it" });
  }
  if (diskFreeMiB < NEEDS.diskMiB) {
    const found = `${diskFreeMiB} MiB are free on the engine's disk, and ${NEEDS.diskMiB} MiB are needed`;
    obstacles.push({
      found,
      change: "free space on the disk of the engine's cache, or lower its bounds in engine.json (gc)",
    });
  }
  return obstacles;
}

function networkObstacles(facts: HostFacts): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (!facts.packetFilter) {
    const change =
      "load the kernel modules nf_tables, nf_nat and nft_compat (or ip_tables and iptable_nat) on the engine's machine";
    obstacles.push({ found: "the kernel translates no addresses: iptables cannot list the table nat", change });
  }
  if (!facts.bridgeFilter) {
    const change = "load the kernel module br_netfilter on the engine's machine";
    obstacles.push({
      found: "the kernel does not filter what passes a bridge, so services would not be reached",
      change,
    });
  }
  if (facts.inotifyInstances < NEEDS.inotifyInstances) {
    const found = `a user may have ${facts.inotifyInstances} inotify instances, and ${NEEDS.inotifyInstances} are needed`;
    obstacles.push({
      found,
      change: `run \`sysctl fs.inotify.max_user_instances=${NEEDS.inotifyInstances * 4}\` on the engine's machine`,
    });
  }
  const clash = facts.addresses.find((address) => CLUSTER_RANGES.some((range) => address.startsWith(range)));
  if (clash !== undefined) {
    const found = `the engine's containers have the address ${clash}, in a range that the cluster gives to its pods and services`;
    obstacles.push({ found, change: "start the engine with another range: --network-cidr 10.87.0.0/16" });
  }
  return obstacles;
}

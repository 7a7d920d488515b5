/** Decides whether a machine can carry the embedded engine. Pure: the facts come from host-facts.ts. */

import { LONGEST_SOCKET_PATH } from "./cache-paths.ts";
import { OLDEST_GO } from "./versions.ts";

/** Free space that a first run needs; later ones need a good deal less. */
const FIRST_RUN_GIB = 10;
const LATER_RUN_GIB = 3;
const GIB = 1024 ** 3;

/** Programs that a run calls; all but the last two are part of every Debian. */
export const NEEDED_PROGRAMS = [
  "apt-config",
  "apt-get",
  "dpkg-deb",
  "flock",
  "gzip",
  "mount",
  "perl",
  "pivot_root",
  "setpriv",
  "sh",
  "tar",
  "umount",
  "unshare",
  "go",
  "npm",
] as const;

/** Capabilities of Linux by their numbers, without which nothing can be mounted or connected. */
export const NEEDED_CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_CHROOT: 18, CAP_SYS_ADMIN: 21 } as const;

/** What is known about a machine. */
export type HostFacts = {
  /** As Node.js names it, e.g. `linux`. */
  readonly system: string;
  /** As Node.js names it, e.g. `x64`. */
  readonly architecture: string;
  readonly userId: number;
  /** `ID` of /etc/os-release; empty when there is none. */
  readonly distribution: string;
  /** `go env GOVERSION`, e.g. `go1.26.8`; undefined without Go. */
  readonly goVersion: string | undefined;
  readonly missingPrograms: readonly string[];
  readonly missingCapabilities: readonly string[];
  readonly hasOverlay: boolean;
  readonly hasControlGroups: boolean;
  readonly hasKeyring: boolean;
  /** Where the cache is, or will be. */
  readonly cacheFolder: string;
  readonly freeBytes: number;
  /** True when the large things are still to be made. */
  readonly firstRun: boolean;
  readonly socketPath: string;
  /** Addresses in the resolver's configuration that containers would ask. */
  readonly nameServers: readonly string[];
};

/** Names every reason against; none means that the machine will do. */
export function unfitReasons(facts: HostFacts): readonly string[] {
  return [...systemReasons(facts), ...kernelReasons(facts), ...programReasons(facts), ...placeReasons(facts)];
}

function systemReasons(facts: HostFacts): readonly string[] {
  const reasons: string[] = [];
  if (facts.system !== "linux" || (facts.architecture !== "x64" && facts.architecture !== "arm64")) {
    reasons.push(`it runs on Linux on x64 or arm64 only; this is ${facts.system} on ${facts.architecture}`);
  }
  if (facts.distribution !== "debian") {
    const found = facts.distribution === "" ? "no /etc/os-release" : `ID=${facts.distribution} in /etc/os-release`;
    reasons.push(`it is made from packages of a Debian machine; found ${found}`);
  }
  if (facts.userId !== 0) {
    reasons.push(`it must be run by root (uid 0), since it mounts and makes namespaces; this is uid ${facts.userId}`);
  }
  return reasons;
}

function kernelReasons(facts: HostFacts): readonly string[] {
  const reasons: string[] = [];
  if (facts.missingCapabilities.length > 0) {
    reasons.push(`root lacks ${facts.missingCapabilities.join(", ")} here, as in a restricted container`);
  }
  if (!facts.hasOverlay) {
    reasons.push("the kernel has no overlay file system (/proc/filesystems names no overlay; try `modprobe overlay`)");
  }
  if (!facts.hasControlGroups) {
    reasons.push("no control groups are mounted at /sys/fs/cgroup");
  }
  return reasons;
}

function programReasons(facts: HostFacts): readonly string[] {
  const reasons: string[] = [];
  const missing = facts.missingPrograms.filter((program) => program !== "go");
  if (missing.length > 0) {
    reasons.push(`not on PATH: ${missing.join(", ")}`);
  }
  if (facts.missingPrograms.includes("go") || facts.goVersion === undefined) {
    reasons.push(`Go ${OLDEST_GO.major}.${OLDEST_GO.minor} or newer is needed; there is no go on PATH`);
  } else if (!isNewEnough(facts.goVersion)) {
    reasons.push(`Go ${OLDEST_GO.major}.${OLDEST_GO.minor} or newer is needed; found ${facts.goVersion}`);
  }
  if (!facts.hasKeyring) {
    reasons.push("/usr/share/keyrings/debian-archive-keyring.gpg is missing (package debian-archive-keyring)");
  }
  return reasons;
}

function placeReasons(facts: HostFacts): readonly string[] {
  const reasons: string[] = [];
  const needed = facts.firstRun ? FIRST_RUN_GIB : LATER_RUN_GIB;
  if (facts.freeBytes < needed * GIB) {
    const free = (facts.freeBytes / GIB).toFixed(1);
    reasons.push(
      `${needed} GiB free are needed at ${facts.cacheFolder}, ${free} GiB are (SLIPWAY_CACHE names another folder)`,
    );
  }
  if (Buffer.byteLength(facts.socketPath) > LONGEST_SOCKET_PATH) {
    const place = `${facts.socketPath} is too long for a socket (${LONGEST_SOCKET_PATH} bytes)`;
    reasons.push(`${place}; set SLIPWAY_CACHE to a shorter path`);
  }
  if (facts.nameServers.length > 0 && facts.nameServers.every((address) => isLoopback(address))) {
    const found = facts.nameServers.join(", ");
    reasons.push(`the only name server is on loopback (${found}), which containers cannot reach`);
  }
  return reasons;
}

function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) {
    return false;
  }
  return Number(major) > OLDEST_GO.major || (Number(major) === OLDEST_GO.major && Number(minor) >= OLDEST_GO.minor);
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** Looks at the machine for preflight.ts. Reads only; nothing is made. */

import { constants } from "node:fs";
import { access, readFile, statfs } from "node:fs/promises";
import path from "node:path";

import { exists } from "./cache.ts";
import type { StatePaths } from "./cache-paths.ts";
import { goVariables } from "./go.ts";
import type { Making } from "./making.ts";
import type { HostFacts } from "./preflight.ts";
import { NEEDED_CAPABILITIES, NEEDED_PROGRAMS } from "./preflight.ts";
import { runCommand } from "./run.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const RESOLVERS = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"] as const;

/** Release of Debian, e.g. `bookworm`, and the facts. */
export type Host = { readonly facts: HostFacts; readonly codename: string };

/**
 * Collects the facts.
 *
 * @param programs Folder of the compiled programs; without it, this is a first run.
 */
export async function hostFacts(making: Making, state: StatePaths, programs: string): Promise<Host> {
  const release = parseAssignments(await text("/etc/os-release"));
  const [missingPrograms, disk] = await Promise.all([
    findMissing(making.environment.PATH ?? ""),
    diskOf(making.cache.root),
  ]);
  const facts = {
    system: process.platform,
    architecture: process.arch,
    userId: process.getuid?.() ?? -1,
    distribution: release.ID ?? "",
    goVersion: missingPrograms.includes("go") ? undefined : await goVersion(making),
    missingPrograms,
    missingCapabilities: missingCapabilities(await text("/proc/self/status")),
    hasOverlay: /\boverlay$/m.test(await text("/proc/filesystems")),
    hasControlGroups: / \/sys\/fs\/cgroup(\/\S+)? cgroup2? /.test(await text("/proc/mounts")),
    hasKeyring: await exists(KEYRING),
    cacheFolder: disk.folder,
    freeBytes: disk.freeBytes,
    firstRun: !(await exists(programs)),
    socketPath: state.socket,
    nameServers: await nameServers(),
  };
  return { facts, codename: release.VERSION_CODENAME ?? "" };
}

/** Reads lines of the form NAME=value or NAME="value". */
export function parseAssignments(content: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [, name, value] of content.matchAll(/^([A-Z_]+)="?(.*?)"?$/gm)) {
    if (name !== undefined && value !== undefined) {
      values[name] = value;
    }
  }
  return values;
}

/** Names the needed capabilities that a process does not have, from the text of /proc/self/status. */
export function missingCapabilities(status: string): readonly string[] {
  const [, effective = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  const held = BigInt(`0x${effective}`);
  return Object.entries(NEEDED_CAPABILITIES).flatMap(([name, bit]) =>
    ((held >> BigInt(bit)) & 1n) === 1n ? [] : [name],
  );
}

async function findMissing(searched: string): Promise<readonly string[]> {
  const folders = searched.split(":").filter((folder) => folder !== "");
  const found = await Promise.all(
    NEEDED_PROGRAMS.map(async (program) => {
      const places = folders.map((folder) => access(path.join(folder, program), constants.X_OK));
      return Promise.any(places).then(
        () => true,
        () => false,
      );
    }),
  );
  return NEEDED_PROGRAMS.filter((_program, index) => found[index] !== true);
}

async function goVersion(making: Making): Promise<string> {
  const command = { step: "asking Go for its version", program: "go", arguments: ["env", "GOVERSION"] };
  return (await runCommand(making, { ...command, variables: goVariables(making) })).trim();
}

/** The cache may not be there yet; then the nearest folder above it tells. */
async function diskOf(folder: string): Promise<{ readonly folder: string; readonly freeBytes: number }> {
  const space = await statfs(folder).catch(() => undefined);
  if (space !== undefined) {
    return { folder, freeBytes: space.bavail * space.bsize };
  }
  const parent = path.dirname(folder);
  return parent === folder ? { folder, freeBytes: 0 } : { ...(await diskOf(parent)), folder };
}

async function nameServers(): Promise<readonly string[]> {
  for (const file of RESOLVERS) {
    const content = await text(file);
    if (content !== "") {
      return [...content.matchAll(/^nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? []);
    }
  }
  return [];
}

async function text(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

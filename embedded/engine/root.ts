/** Makes the root that the engine and the registry run in. */

import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { makeOnce } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import type { Debian } from "./debian.ts";
import type { Making } from "./making.ts";
import { DEBIAN_SUITE } from "./versions.ts";

const PROGRAMS = "/opt/slipway/bin";

/** Folder of the root inside the artifact. */
export const ROOT_TREE = "tree";

/** What runs in the root, and what the engine calls. */
const PACKAGES = [
  "ca-certificates",
  "containernetworking-plugins",
  "dnsmasq-base",
  "docker-registry",
  "iproute2",
  "iptables",
  "openssl",
  "runc",
  "socat",
  "tini",
] as const;

/** Links from where the engine looks for a program to where it is. */
const LINKS: Readonly<Record<string, string>> = {
  "usr/local/bin/runc": `${PROGRAMS}/runc`,
  "usr/local/bin/dagger-init": `${PROGRAMS}/dagger-init`,
  "usr/local/bin/tini": "/usr/bin/tini",
  "usr/bin/xtables-legacy-multi": "/usr/sbin/xtables-legacy-multi",
  "usr/bin/xtables-nft-multi": "/usr/sbin/xtables-nft-multi",
  "opt/cni/bin/dnsname": `${PROGRAMS}/dnsname`,
};

/** Describes the root; its key changes with the packages and the links. */
export function rootArtifact(making: Making): Artifact {
  return {
    name: "root",
    inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, links: LINKS, architecture: making.architecture },
    label: `engine root from Debian ${DEBIAN_SUITE} packages`,
  };
}

/** Makes the root, or finds it. Returns the artifact's folder, in which the root is `ROOT_TREE`. */
export async function makeRoot(making: Making, debian: Debian): Promise<string> {
  const artifact = rootArtifact(making);
  return makeOnce(making, artifact, async (folder) => {
    const tree = path.join(folder, ROOT_TREE);
    await debian.tree({ step: `making the ${artifact.label}`, variant: "minbase", packages: PACKAGES }, tree);
    await linkPrograms(tree);
    await silenceAuthorities(tree);
    for (const empty of ["usr/local/share/dagger/content", "mnt"]) {
      await mkdir(path.join(tree, empty), { recursive: true });
    }
  });
}

async function linkPrograms(tree: string): Promise<void> {
  const plugins = await readdir(path.join(tree, "usr/lib/cni"));
  const links = { ...LINKS };
  for (const plugin of plugins) {
    links[`opt/cni/bin/${plugin}`] = `/usr/lib/cni/${plugin}`;
  }
  for (const [place, target] of Object.entries(links)) {
    await mkdir(path.dirname(path.join(tree, place)), { recursive: true });
    await symlink(target, path.join(tree, place));
  }
}

/**
 * The engine collects the authorities anew at each start, which takes two seconds; the machine's finished collection is
 * copied in at each start anyway.
 */
async function silenceAuthorities(tree: string): Promise<void> {
  const file = path.join(tree, "usr/sbin/update-ca-certificates");
  await writeFile(file, "#!/bin/sh\nexit 0\n");
  await chmod(file, 0o755);
}

/** Makes the root that the engine and the registry run in. */

import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { makeOnce } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import type { Debian } from "./debian.ts";
import type { Making } from "./making.ts";
import { DEBIAN_SUITE } from "./versions.ts";

const SCRIPTS = fileURLToPath(new URL("scripts/", import.meta.url));
const SCRIPT_NAMES = ["network.sh", "serve.sh", "clean.sh"] as const;
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

/** Where serve.sh and clean.sh are inside the root. */
export const SCRIPTS_IN_ROOT = "/usr/local/lib/slipway";

/** Script that enters a root; it runs on the machine, from the project's own folder. */
export const ENTER_SCRIPT = path.join(SCRIPTS, "enter.sh");

/** Describes the root; its key changes with the packages and the scripts. */
export async function rootArtifact(making: Making): Promise<Artifact> {
  const scripts = await Promise.all(SCRIPT_NAMES.map((name) => readFile(path.join(SCRIPTS, name), "utf8")));
  return {
    name: "root",
    inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, links: LINKS, scripts, architecture: making.architecture },
    label: `engine root from Debian ${DEBIAN_SUITE} packages`,
  };
}

/** Makes the root, or finds it. Returns the artifact's folder, in which the root is `ROOT_TREE`. */
export async function makeRoot(making: Making, debian: Debian): Promise<string> {
  const artifact = await rootArtifact(making);
  return makeOnce(making, artifact, async (folder) => {
    const tree = path.join(folder, ROOT_TREE);
    await debian.tree({ step: `making the ${artifact.label}`, variant: "minbase", packages: PACKAGES }, tree);
    await linkPrograms(tree);
    await copyScripts(tree);
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

async function copyScripts(tree: string): Promise<void> {
  const folder = path.join(tree, SCRIPTS_IN_ROOT);
  await mkdir(folder, { recursive: true });
  await Promise.all(SCRIPT_NAMES.map((name) => copyFile(path.join(SCRIPTS, name), path.join(folder, name))));
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

/** Base `static`: what a static binary wants around it, and nothing that can be run. */

import { chown, readdir, readFile } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { DOCUMENTATION, makeFolder, NONROOT, removeFrom, writeTo, writeUsers } from "./tree.ts";

const PACKAGES = ["base-files", "ca-certificates", "netbase", "tzdata"] as const;
const AUTHORITIES = "usr/share/ca-certificates";

/** base-files has empty folders and defaults of a full system; only /etc/os-release is wanted of it. */
const NOT_NEEDED = [
  ...DOCUMENTATION,
  AUTHORITIES,
  "bin",
  "boot",
  "dev",
  "etc/ca-certificates",
  "etc/debian_version",
  "etc/default",
  "etc/dpkg",
  "etc/host.conf",
  "etc/issue",
  "etc/issue.net",
  "etc/profile.d",
  "etc/skel",
  "etc/update-motd.d",
  "lib",
  "proc",
  "run",
  "sbin",
  "sys",
  "usr/bin",
  "usr/games",
  "usr/include",
  "usr/sbin",
  "usr/share/base-files",
  "usr/share/common-licenses",
  "usr/share/dict",
  "usr/share/misc",
  "usr/src",
  "usr/share/zoneinfo/posix",
  "usr/share/zoneinfo/right",
  "var",
] as const;

/** Layer with users, time zones, names of ports and certificate authorities. */
export const staticLayer: LayerRecipe = {
  name: "static",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, format: 1 },
  fill: async ({ debian }, tree) => {
    await debian.unpack(PACKAGES, tree);
    // Debian's authorities only: those of this machine must not get into an image that is shipped.
    await writeTo(tree, "etc/ssl/certs/ca-certificates.crt", await joinAuthorities(path.join(tree, AUTHORITIES)));
    await removeFrom(tree, NOT_NEEDED);
    await writeUsers(tree);
    await makeFolder(tree, "root", 0o700);
    await makeFolder(tree, "home/nonroot", 0o700);
    await chown(path.join(tree, "home/nonroot"), NONROOT, NONROOT);
    await makeFolder(tree, "var/tmp", 0o1777);
  },
};

/** A base without shell, package manager and libraries. */
export const staticBase: Base = {
  name: "static",
  tag: DEBIAN_SUITE,
  madeFrom: `files of the Debian ${DEBIAN_SUITE} packages ${PACKAGES.join(", ")}`,
  reason: "carries the static binaries",
  layers: [staticLayer],
  config: {
    environment: { SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt" },
    workingDirectory: "/",
  },
};

async function joinAuthorities(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".crt"));
  const texts = await Promise.all(names.sort().map((name) => readFile(path.join(folder, name), "utf8")));
  return texts.map((text) => `${text.trimEnd()}\n`).join("");
}

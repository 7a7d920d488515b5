/** The layer with a POSIX shell and the usual commands: busybox, which Alpine's images have. */

import { mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import { DOCUMENTATION, makeFolder, removeFrom } from "./tree.ts";

const PACKAGES = ["busybox-static"] as const;
const NOT_NEEDED = [...DOCUMENTATION, "usr/share/initramfs-tools", "usr/share/man"] as const;

/** Layer with /bin/sh and a link for every command that busybox knows. */
export const shellLayer: LayerRecipe = {
  name: "shell",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, folders: ["apps"] },
  fill: async ({ making, debian }, tree) => {
    await debian.unpack(PACKAGES, tree);
    await removeFrom(tree, NOT_NEEDED);
    const busybox = path.join(tree, "bin/busybox");
    const list = await runCommand(making, {
      step: "asking busybox for its commands",
      program: busybox,
      arguments: ["--list-full"],
    });
    // One link is for a system's start, not for people.
    for (const link of list.split("\n").filter((name) => name.includes("/"))) {
      const folder = path.join(tree, path.dirname(link));
      await mkdir(folder, { recursive: true });
      if (!(await readdir(folder)).includes(path.basename(link))) {
        await symlink("/bin/busybox", path.join(tree, link));
      }
    }
    await makeFolder(tree, "apps");
  },
};

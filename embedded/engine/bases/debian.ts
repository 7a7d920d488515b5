/** The Debian layer that the images with a shell and a package manager share. */

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import { AUTHORITIES_UPDATE, DOCUMENTATION, removeFrom } from "./tree.ts";

// git and curl are in the official Go image too: one reads the commit that is built, the other asks a server in tests.
const PACKAGES = ["ca-certificates", "curl", "git"] as const;

const NOT_NEEDED = [
  ...DOCUMENTATION,
  AUTHORITIES_UPDATE,
  "dev",
  // The image must not depend on where this machine got its packages from.
  "etc/apt/sources.list",
  "proc",
  "sys",
  "var/cache/apt/archives",
  "var/log/apt",
  "var/log/dpkg.log",
] as const;

/** A small installed Debian with certificate authorities. */
export const debianLayer: LayerRecipe = {
  name: "debian",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED },
  fill: async ({ debian }, tree) => {
    await debian.tree({ step: "making the Debian layer", variant: "minbase", packages: PACKAGES }, tree);
    await removeFrom(tree, NOT_NEEDED);
  },
};

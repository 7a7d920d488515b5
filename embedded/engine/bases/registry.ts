/** Base `registry`: Debian's docker-registry, set up like the official image. */

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeTo, writeUsers } from "./tree.ts";

const PACKAGES = ["docker-registry"] as const;
const NOT_NEEDED = [...DOCUMENTATION, ...INSTALLATION, "var/lib/docker-registry"] as const;
const CONFIG = [
  "version: 0.1",
  "log: { level: info }",
  "storage: { filesystem: { rootdirectory: /var/lib/registry }, delete: { enabled: true } }",
  'http: { addr: ":5000", relativeurls: true }',
  "",
].join("\n");

const registryLayer: LayerRecipe = {
  name: "registry",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, config: CONFIG },
  fill: async ({ debian }, tree) => {
    await debian.tree({ step: "making the registry layer", variant: "extract", packages: PACKAGES }, tree);
    await removeFrom(tree, NOT_NEEDED);
    await writeUsers(tree);
    await writeTo(tree, "etc/docker/registry/config.yml", CONFIG);
    await makeFolder(tree, "var/lib/registry");
  },
};

/** An OCI registry on port 5000 that keeps its blobs in /var/lib/registry. */
export const registry: Base = {
  name: "registry",
  tag: DEBIAN_SUITE,
  madeFrom: `the Debian ${DEBIAN_SUITE} package docker-registry`,
  reason: "registry that publishing is tested against",
  layers: [registryLayer],
  config: {
    entrypoint: ["/usr/bin/docker-registry"],
    command: ["serve", "/etc/docker/registry/config.yml"],
    ports: ["5000/tcp"],
    volumes: ["/var/lib/registry"],
  },
};

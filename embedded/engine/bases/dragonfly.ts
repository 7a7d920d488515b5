/** Base `dragonfly`: Debian's Redis server in the place of Dragonfly, whose protocol and port are the same. */

import { chown } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeUsers } from "./tree.ts";

const USER = { name: "dfly", id: 999 } as const;
const PACKAGES = ["redis-server"] as const;
const NOT_NEEDED = [...DOCUMENTATION, ...INSTALLATION, "etc/redis"] as const;

const redisLayer: LayerRecipe = {
  name: "redis",
  inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, user: USER },
  fill: async ({ debian }, tree) => {
    await debian.tree({ step: "making the redis layer", variant: "extract", packages: PACKAGES }, tree);
    await removeFrom(tree, NOT_NEEDED);
    await writeUsers(tree, { [USER.name]: USER.id });
    await makeFolder(tree, "data");
    await chown(path.join(tree, "data"), USER.id, USER.id);
  },
};

/** Answers on port 6379 of every address, without a password, as Dragonfly does. */
export const dragonfly: Base = {
  name: "dragonfly",
  tag: DEBIAN_SUITE,
  madeFrom: `the Debian ${DEBIAN_SUITE} package redis-server, in the place of Dragonfly`,
  reason: "cache of the platform, for tests and local installs",
  layers: [redisLayer],
  config: {
    user: String(USER.id),
    workingDirectory: "/data",
    entrypoint: ["/usr/bin/redis-server"],
    command: ["--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/data", "--save", ""],
    ports: ["6379/tcp"],
  },
};

/** Base `redis`: Debian's Redis server. Base `dragonfly`: the same behind the command line, the variables and the HTTP health of Dragonfly. */

import { chown, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { hashFolder } from "../cache.ts";
import { goVariables } from "../go.ts";
import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeUsers } from "./tree.ts";

const USER = { name: "dfly", id: 999 } as const;
const PACKAGES = ["redis-server"] as const;
const NOT_NEEDED = [...DOCUMENTATION, ...INSTALLATION, "etc/redis"] as const;
const GATEWAY = fileURLToPath(new URL("dragonfly/", import.meta.url));
const PROGRAM = "usr/local/bin/dragonfly";

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

/** The program that stands before Redis; its source is one of the layer's inputs. */
async function gatewayLayer(): Promise<LayerRecipe> {
  return {
    name: "dragonfly",
    inputs: { source: await hashFolder(GATEWAY, "_test.go") },
    fill: async ({ making }, tree) => {
      const program = path.join(tree, PROGRAM);
      await mkdir(path.dirname(program), { recursive: true });
      await runCommand(making, {
        step: "compiling what stands before Redis",
        program: "go",
        arguments: ["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", program, "."],
        folder: GATEWAY,
        variables: goVariables(making),
      });
    },
  };
}

/** Redis as the official image starts it: in /data, without a configuration file. */
export const redisBase: Base = {
  name: "redis",
  tag: DEBIAN_SUITE,
  madeFrom: `the Debian ${DEBIAN_SUITE} package redis-server`,
  reason: "Redis of the platform, for tests and local installs",
  layers: [redisLayer],
  config: {
    environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    user: String(USER.id),
    workingDirectory: "/data",
    command: ["redis-server", "--protected-mode", "no"],
    ports: ["6379/tcp"],
  },
};

/** Answers on port 6379 of every address, without a password unless one is set, as Dragonfly does. */
export async function dragonflyBase(): Promise<Base> {
  return {
    name: "dragonfly",
    tag: DEBIAN_SUITE,
    madeFrom: `the Debian ${DEBIAN_SUITE} package redis-server, in the place of Dragonfly`,
    reason: "cache of the platform, for tests and local installs",
    layers: [redisLayer, await gatewayLayer()],
    config: {
      user: String(USER.id),
      workingDirectory: "/data",
      entrypoint: [`/${PROGRAM}`],
      command: ["--logtostderr", "--dbfilename="],
      ports: ["6379/tcp"],
    },
  };
}

/** Base `node`: Debian, Node.js and npm. */

import { chmod, copyFile, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import { DEBIAN_SUITE, NODE_VERSION, NPM_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { debianLayer } from "./debian.ts";

const COMMANDS: Readonly<Record<string, string>> = { npm: "npm-cli.js", npx: "npx-cli.js" };

const nodeLayer: LayerRecipe = {
  name: "node",
  inputs: { node: NODE_VERSION, npm: NPM_VERSION, commands: COMMANDS },
  fill: async ({ making }, tree, scratch) => {
    const binary = `node-linux-${making.architecture.npm}`;
    await writeFile(path.join(scratch, "package.json"), "{}");
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    await runCommand(making, {
      step: `downloading Node.js ${NODE_VERSION} and npm ${NPM_VERSION}`,
      program: "npm",
      arguments: ["install", ...quiet, `${binary}@${NODE_VERSION}`, `npm@${NPM_VERSION}`],
      folder: scratch,
      variables: { npm_config_cache: path.join(scratch, ".npm") },
    });
    const programs = path.join(tree, "usr/local/bin");
    const modules = path.join(tree, "usr/local/lib/node_modules");
    await mkdir(programs, { recursive: true });
    await copyFile(path.join(scratch, "node_modules", binary, "bin/node"), path.join(programs, "node"));
    await chmod(path.join(programs, "node"), 0o755);
    await cp(path.join(scratch, "node_modules/npm"), path.join(modules, "npm"), { recursive: true });
    for (const [command, script] of Object.entries(COMMANDS)) {
      await symlink(`../lib/node_modules/npm/bin/${script}`, path.join(programs, command));
      await chmod(path.join(modules, "npm/bin", script), 0o755);
    }
  },
};

/** Node.js and npm in the places of the official image. */
export const node: Base = {
  name: "node",
  tag: NODE_VERSION,
  madeFrom: `Debian ${DEBIAN_SUITE} packages, Node.js ${NODE_VERSION} and npm ${NPM_VERSION} from npm`,
  reason: "builds the web frontends",
  layers: [debianLayer, nodeLayer],
  config: {
    // Node brings its own authorities; those that the engine puts into the container would not count.
    environment: { NODE_VERSION, NODE_EXTRA_CA_CERTS: "/etc/ssl/certs/ca-certificates.crt" },
    command: ["node"],
  },
};

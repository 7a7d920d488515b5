/** Base `nats`: the NATS server, compiled from its Go module. */

import { mkdir } from "node:fs/promises";
import path from "node:path";

import { goVariables } from "../go.ts";
import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import { NATS_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";

const MODULE = "github.com/nats-io/nats-server/v2";

const natsLayer: LayerRecipe = {
  name: "nats",
  inputs: { version: NATS_VERSION },
  fill: async ({ making }, tree, scratch) => {
    const programs = path.join(tree, "usr/local/bin");
    await mkdir(programs, { recursive: true });
    await runCommand(making, {
      step: `compiling nats-server ${NATS_VERSION}`,
      program: "go",
      arguments: ["install", "-trimpath", "-ldflags=-s -w", `${MODULE}@v${NATS_VERSION}`],
      folder: scratch,
      variables: { ...goVariables(making), GOBIN: programs },
    });
  },
};

/** A NATS server; JetStream with the argument `-js`. */
export const nats: Base = {
  name: "nats",
  tag: NATS_VERSION,
  madeFrom: `the Go module ${MODULE} ${NATS_VERSION}`,
  reason: "message bus of the platform, for tests and local installs",
  layers: [staticLayer, natsLayer],
  config: { entrypoint: ["/usr/local/bin/nats-server"], ports: ["4222/tcp", "6222/tcp", "8222/tcp"] },
};

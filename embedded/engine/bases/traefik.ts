/** Base `traefik`: the ingress controller, compiled from its Go module without the clients of DNS providers. */

import { cp, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { hashFolder } from "../cache.ts";
import { downloadGoModule } from "../go-program.ts";
import { goVariables } from "../go.ts";
import type { LayerRecipe } from "../images/layer.ts";
import type { Making } from "../making.ts";
import { runCommand } from "../run.ts";
import { LEGO_VERSION, TRAEFIK_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";

const MODULE = "github.com/traefik/traefik/v3";
const LEGO = "github.com/go-acme/lego/v5";
const STUBS = fileURLToPath(new URL("traefik/", import.meta.url));
/** Folders of modules that are no part of the program, and large. */
const NOT_COPIED: ReadonlySet<string> = new Set(["docs", "integration"]);

async function traefikLayer(): Promise<LayerRecipe> {
  return {
    name: "traefik",
    inputs: { version: TRAEFIK_VERSION, lego: LEGO_VERSION, stubs: await hashFolder(STUBS) },
    fill: async ({ making }, tree, scratch) => {
      const workspace = path.join(scratch, "traefik");
      await copyModule(making, { path: MODULE, version: TRAEFIK_VERSION }, workspace);
      await copyModule(making, { path: LEGO, version: LEGO_VERSION }, path.join(workspace, "lego"));
      // The module requires this one by a path of its repository, which a published module does not hold.
      await cp(path.join(STUBS, "ext"), path.join(workspace, "pkg/config/dynamic/ext"), { recursive: true });
      const providers = path.join(workspace, "lego/providers/dns");
      for (const file of await readdir(providers)) {
        if (file.endsWith(".go")) await rm(path.join(providers, file));
      }
      await cp(path.join(STUBS, "dns"), providers, { recursive: true });
      await compile(making, workspace, path.join(tree, "usr/local/bin"));
    },
  };
}

/** The controller; everything that it does stands in its arguments. */
export async function traefikBase(): Promise<Base> {
  return {
    name: "traefik",
    tag: TRAEFIK_VERSION,
    madeFrom: `the Go module ${MODULE} ${TRAEFIK_VERSION}, without the clients of DNS providers`,
    reason: "ingress controller that the smoke test asks through",
    layers: [staticLayer, await traefikLayer()],
    config: { entrypoint: ["/usr/local/bin/traefik"], ports: ["80/tcp"] },
  };
}

async function copyModule(making: Making, module: { path: string; version: string }, target: string): Promise<void> {
  const source = await downloadGoModule(making, module);
  const filter = (file: string) => !NOT_COPIED.has(path.relative(source, file));
  await cp(source, target, { recursive: true, filter });
}

async function compile(making: Making, folder: string, programs: string): Promise<void> {
  await mkdir(programs, { recursive: true });
  const run = (step: string, words: readonly string[]) =>
    runCommand(making, { step, program: "go", arguments: words, folder, variables: goVariables(making) });
  await run("leaving out DNS providers", ["mod", "edit", `-replace=${LEGO}=./lego`]);
  const version = `-ldflags=-s -w -X ${MODULE}/pkg/version.Version=${TRAEFIK_VERSION}`;
  const output = ["-o", path.join(programs, "traefik"), "./cmd/traefik"];
  await run(`compiling traefik ${TRAEFIK_VERSION}`, ["build", "-mod=readonly", "-trimpath", version, ...output]);
}

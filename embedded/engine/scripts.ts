/** The shell scripts that build the private root and run the servers in it. */

import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { hashFolder, makeOnce } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import type { Making } from "./making.ts";

const SOURCES = fileURLToPath(new URL("scripts/", import.meta.url));

/** Where the scripts are inside the private root. */
export const SCRIPTS_IN_ROOT = "/opt/slipway/scripts";

/** Describes the copies of the scripts. A shell reads its script while it runs, so servers never run the originals. */
export async function scriptsArtifact(): Promise<Artifact> {
  return { name: "scripts", inputs: await hashFolder(SOURCES), label: "scripts of the engine's root" };
}

/** Copies the scripts, or finds the copies. Returns their folder. */
export async function makeScripts(making: Making): Promise<string> {
  return makeOnce(making, await scriptsArtifact(), (folder) => cp(SOURCES, folder, { recursive: true }));
}

/** Finds a module and the repository around it. */

import { readFile, stat } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import type { ModulePlace } from "./surface-cache.ts";

/** Reads the name of the module in a folder from its dagger.json. */
export async function readModulePlace(folder: string): Promise<ModulePlace> {
  const manifest: unknown = JSON.parse(await readFile(path.join(folder, "dagger.json"), "utf8"));
  return { folder, name: z.object({ name: z.string() }).parse(manifest).name };
}

/** Root of the repository around a folder: the nearest folder with a `.git`, else the folder itself, as in Dagger. */
export async function contextFolderOf(folder: string): Promise<string> {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    const found = await stat(path.join(at, ".git")).catch(() => undefined);
    if (found !== undefined) {
      return at;
    }
  }
  return folder;
}

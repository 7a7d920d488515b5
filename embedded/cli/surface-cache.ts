/** Keeps the surface of a module, which takes a second or two to read, until its source changes. */

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";

import { keepAnswer, keptAnswer } from "./kept-answer.ts";
import type { Surface } from "./surface.ts";
import { surfaceSchema } from "./surface.ts";
import { scanSurface, sdkVersion } from "./surface-scan.ts";

/** Raised whenever what is kept means something else. */
const FORMAT = "1";
const KEPT = 10;

/** Where a module is: the folder of its dagger.json, and the module's name in it. */
export type ModulePlace = { readonly folder: string; readonly name: string };

/**
 * Returns the surface of a module, from the cache where its source is known already.
 *
 * @param place The module.
 * @param cache Folder that this may write to.
 * @param onScan Called before a scan, which a person has to wait for.
 * @param scan Reads the surface from the source.
 */
export async function loadSurface(
  place: ModulePlace,
  cache: string,
  onScan: () => void,
  scan: typeof scanSurface = scanSurface,
): Promise<Surface> {
  const files = await moduleFiles(place.folder);
  const version = await sdkVersion();
  const folder = path.join(cache, "surface");
  const kept = path.join(folder, `${await surfaceKey(place, files, version)}.json`);
  const known = await keptAnswer(kept, surfaceSchema);
  if (known !== undefined) {
    return known;
  }
  onScan();
  const surface = await scan(place.name, files, path.join(folder, `sdk-${version}`));
  await keepAnswer(kept, surface);
  await removeOldest(folder);
  return surface;
}

/** Every TypeScript file below `src/` of a module, in one order on every machine. */
export async function moduleFiles(folder: string): Promise<string[]> {
  const source = path.join(folder, "src");
  const names = await readdir(source, { recursive: true });
  return names
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => path.join(source, name));
}

async function surfaceKey(place: ModulePlace, files: readonly string[], version: string): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([FORMAT, version, place.name]));
  for (const file of files) {
    hash.update(JSON.stringify([path.relative(place.folder, file), await readFile(file, "utf8")]));
  }
  return hash.digest("hex").slice(0, 32);
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, age: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.age - a.age).slice(KEPT);
  await Promise.all(old.map(({ name }) => rm(path.join(folder, name), { force: true })));
}

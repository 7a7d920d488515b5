/** Images that the cluster runs itself: programs made here, as tarballs that its runtime imports. */

import { chmod, copyFile, mkdtemp } from "node:fs/promises";
import path from "node:path";

import type { GoProgram } from "../../go-program.ts";
import { makeGoProgram } from "../../go-program.ts";
import type { LayerRecipe, LayerTools } from "../../images/layer.ts";
import { makeLayer } from "../../images/layer.ts";
import type { ImageConfig, Layer } from "../../images/oci-image.ts";
import type { Making } from "../../making.ts";
import { makeFolder } from "../tree.ts";
import { writeImageArchive } from "./image-archive.ts";

/** An image and what it is made of. */
export type OwnImage = {
  /** Name in the runtime, in full. */
  readonly name: string;
  readonly layers: readonly LayerRecipe[];
  readonly config: ImageConfig;
};

/**
 * Describes an image that consists of one program.
 *
 * @param source What the program is compiled from, as plain data.
 */
export function imageOfProgram(name: string, program: GoProgram, source: unknown): OwnImage {
  const layer: LayerRecipe = {
    name: `k3s-${program.name}`,
    inputs: { source, program: program.name },
    fill: async ({ making }, tree) => {
      await makeFolder(tree, "");
      await installProgram(making, program, tree);
    },
  };
  return { name, layers: [layer], config: { entrypoint: [`/${program.name}`] } };
}

/** Writes the tarball of an image, and makes its layers first where they are not there. */
export async function writeOwnImage(
  tools: LayerTools,
  image: OwnImage,
  scratch: string,
  target: string,
): Promise<void> {
  const layers: Layer[] = [];
  for (const recipe of image.layers) layers.push(await makeLayer(tools, recipe));
  const folder = await mkdtemp(path.join(scratch, "image-"));
  await writeImageArchive(tools.making, { ...image, layers }, folder, target);
}

/** Compiles a program, or finds it, and puts it into a folder. */
export async function installProgram(making: Making, program: GoProgram, folder: string): Promise<void> {
  const target = path.join(folder, program.name);
  await copyFile(await makeGoProgram(making, program), target);
  await chmod(target, 0o755);
}

import { chmod, mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { cachePaths } from "../../../../../embedded/engine/cache-paths.ts";
import type { LayerRecipe, LayerTools } from "../../../../../embedded/engine/images/layer.ts";
import { makeLayer } from "../../../../../embedded/engine/images/layer.ts";
import type { Layer } from "../../../../../embedded/engine/images/oci-image.ts";
import { childEnvironment } from "../../../../../embedded/engine/run.ts";
import { scratchFolder } from "../scratch.ts";

/** Makes a layer of two files in a cache of its own; the files are written in the given order, at the given time. */
async function layerOf(names: readonly string[], seconds: number, mode = 0o644): Promise<Layer> {
  const cache = cachePaths(await scratchFolder());
  const fill = async (_tools: LayerTools, tree: string): Promise<void> => {
    await mkdir(path.join(tree, "etc"), { recursive: true });
    for (const name of names) {
      const file = path.join(tree, "etc", name);
      await writeFile(file, `content of ${name}`);
      await chmod(file, mode);
      await utimes(file, seconds, seconds);
    }
  };
  const recipe: LayerRecipe = { name: "test", inputs: {}, fill };
  const making = {
    cache,
    progress: { step: () => undefined, done: () => undefined },
    environment: childEnvironment({ PATH: process.env.PATH }),
    signal: new AbortController().signal,
    architecture: { name: "amd64", npm: "x64" } as const,
  };
  const nothing = () => Promise.reject(new Error("this recipe asks for no packages"));
  const layer = await makeLayer({ making, debian: { tree: nothing, unpack: nothing } }, recipe);
  expect(await readdir(path.dirname(layer.file))).toEqual(["layer.json", "layer.tar.gz"]);
  return layer;
}

describe("makeLayer", () => {
  it("gives equal content an equal digest, whenever and in whatever order it was written", async () => {
    const first = await layerOf(["a", "b"], 1_000_000_000);
    const second = await layerOf(["b", "a"], 1_500_000_000);
    expect({ ...second, file: "" }).toEqual({ ...first, file: "" });
  });

  it("gives other content and other rights another digest", async () => {
    const layers = [await layerOf(["a"], 1), await layerOf(["a", "b"], 1), await layerOf(["a"], 1, 0o755)];
    expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(3);
    expect(new Set(layers.map(({ digest }) => digest)).size).toBe(3);
  });
});

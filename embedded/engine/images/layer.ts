/** Packs a folder into a layer: sorted names, one timestamp, root's ownership by number, so that digests repeat. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { makeOnce } from "../cache.ts";
import type { Artifact } from "../cache.ts";
import type { Debian } from "../debian.ts";
import type { Making } from "../making.ts";
import { runCommand } from "../run.ts";
import { SOURCE_DATE_EPOCH } from "../versions.ts";
import type { Layer } from "./oci-image.ts";

/** Changes when the way of packing changes, so that layers are packed anew. */
const PACKING = 1;

/** How one layer is made. */
export type LayerRecipe = {
  readonly name: string;
  /** Everything that the content depends on, as plain data. */
  readonly inputs: unknown;
  /** Fills a folder with the files of the layer; `scratch` is a folder for what does not go into it. */
  readonly fill: (tools: LayerTools, tree: string, scratch: string) => Promise<void>;
};

/** What recipes work with. */
export type LayerTools = { readonly making: Making; readonly debian: Debian };

const layerRecord = z.object({ digest: z.string(), size: z.number(), diffId: z.string() });

/** Describes a layer; its key changes with the recipe's inputs. */
export function layerArtifact(making: Making, recipe: LayerRecipe): Artifact {
  const { architecture } = making;
  return {
    name: `layer-${recipe.name}`,
    inputs: { packing: PACKING, date: SOURCE_DATE_EPOCH, architecture, recipe: recipe.inputs },
    label: `layer ${recipe.name}`,
  };
}

/** Makes a layer, or finds it. */
export async function makeLayer(tools: LayerTools, recipe: LayerRecipe): Promise<Layer> {
  const { making } = tools;
  const folder = await makeOnce(making, layerArtifact(making, recipe), async (unfinished) => {
    const tree = path.join(unfinished, "tree");
    const scratch = path.join(unfinished, "scratch");
    await mkdir(scratch);
    await recipe.fill(tools, tree, scratch);
    const record = await pack(making, recipe.name, tree, path.join(unfinished, "layer.tar.gz"));
    await writeFile(path.join(unfinished, "layer.json"), JSON.stringify(record));
    await rm(tree, { recursive: true });
    await rm(scratch, { recursive: true });
  });
  const record = layerRecord.parse(JSON.parse(await readFile(path.join(folder, "layer.json"), "utf8")));
  return { ...record, file: path.join(folder, "layer.tar.gz") };
}

async function pack(making: Making, name: string, tree: string, file: string): Promise<z.infer<typeof layerRecord>> {
  const step = `packing layer ${name}`;
  const archive = file.replace(/\.gz$/, "");
  const form = ["--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"];
  const same = [
    "--sort=name",
    `--mtime=@${SOURCE_DATE_EPOCH}`,
    "--numeric-owner",
    "--xattrs",
    "--xattrs-include=security.*",
  ];
  const words = [...form, ...same, "--directory", tree, "--create", "--file", archive, "."];
  await runCommand(making, { step, program: "tar", arguments: words });
  const diffId = await digestOfFile(archive);
  await runCommand(making, { step, program: "gzip", arguments: ["--no-name", "-6", archive] });
  return { diffId, digest: await digestOfFile(file), size: (await stat(file)).size };
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(z.instanceof(Buffer).parse(chunk));
  }
  return `sha256:${hash.digest("hex")}`;
}

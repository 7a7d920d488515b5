/** Packs an image as a tarball that a container runtime imports under its name. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Layer } from "../../images/oci-image.ts";
import { composeImage } from "../../images/oci-image.ts";
import type { ImageConfig } from "../../images/oci-image.ts";
import type { Making } from "../../making.ts";
import { runCommand } from "../../run.ts";
import { SOURCE_DATE_EPOCH } from "../../versions.ts";

/** An image and the name that it gets in the runtime. */
export type NamedImage = {
  /** In full, with its registry. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
};

/**
 * Writes the tarball, an OCI layout.
 *
 * @param scratch Folder that the layout may be put together in.
 */
export async function writeImageArchive(
  making: Making,
  image: NamedImage,
  scratch: string,
  target: string,
): Promise<void> {
  const created = new Date(SOURCE_DATE_EPOCH * 1000).toISOString();
  const architecture = making.architecture.name;
  const { config, manifest, layers } = composeImage(image.layers, image.config, architecture, created);
  const blobs = path.join(scratch, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  for (const { file, digest } of layers) {
    await copyFile(file, path.join(blobs, hexOf(digest)));
  }
  for (const { content, digest } of [config, manifest]) {
    await writeFile(path.join(blobs, hexOf(digest)), content);
  }
  const { mediaType, digest, size } = manifest;
  const annotations = { "io.containerd.image.name": image.name };
  const manifests = [{ mediaType, digest, size, platform: { architecture, os: "linux" }, annotations }];
  await writeFile(path.join(scratch, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(path.join(scratch, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await mkdir(path.dirname(target), { recursive: true });
  const same = ["--sort=name", `--mtime=@${SOURCE_DATE_EPOCH}`, "--owner=0", "--group=0", "--numeric-owner"];
  const step = `packing the image ${image.name}`;
  const words = [...same, "--directory", scratch, "--create", "--file", target, "."];
  await runCommand(making, { step, program: "tar", arguments: words });
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, "");
}

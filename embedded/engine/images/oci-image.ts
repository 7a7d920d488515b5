/** Writes the two JSON documents of an OCI image. Pure: equal input gives equal bytes, and so an equal digest. */

import { createHash } from "node:crypto";

const MEDIA = "application/vnd.oci.image";

/** Media type of the manifests that are written here. */
export const MANIFEST_TYPE = `${MEDIA}.manifest.v1+json`;

/** Names a blob by its bytes. */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
};

/** A layer that is packed and ready to be sent. */
export type Layer = {
  readonly file: string;
  readonly digest: string;
  readonly size: number;
  /** Digest of the layer before it was compressed. */
  readonly diffId: string;
};

/** What a container of the image starts with. */
export type ImageConfig = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
};

/** A document as it is sent. */
export type Document = Descriptor & { readonly content: string };

/** An image, ready to be sent after its layers. */
export type Image = {
  readonly config: Document;
  readonly manifest: Document;
  readonly layers: readonly Layer[];
};

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Puts layers and settings together.
 *
 * @param architecture As OCI names it, e.g. `amd64`.
 * @param created Timestamp of the image, ISO 8601.
 */
export function composeImage(
  layers: readonly Layer[],
  settings: ImageConfig,
  architecture: string,
  created: string,
): Image {
  const config = document(`${MEDIA}.config.v1+json`, {
    created,
    architecture,
    os: "linux",
    config: containerConfig(settings),
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
  });
  const manifest = document(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptorOf(config),
    layers: layers.map(({ digest, size }) => ({ mediaType: `${MEDIA}.layer.v1.tar+gzip`, digest, size })),
  });
  return { config, manifest, layers };
}

/** Digest of bytes in the form that registries use. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function containerConfig(settings: ImageConfig): Readonly<Record<string, unknown>> {
  const variables = Object.entries({ PATH, ...settings.environment }).map(([name, value]) => `${name}=${value}`);
  return {
    User: settings.user ?? "",
    Env: variables,
    ...(settings.entrypoint === undefined ? {} : { Entrypoint: settings.entrypoint }),
    ...(settings.command === undefined ? {} : { Cmd: settings.command }),
    ...(settings.workingDirectory === undefined ? {} : { WorkingDir: settings.workingDirectory }),
    ...(settings.ports === undefined ? {} : { ExposedPorts: emptyObjects(settings.ports) }),
    ...(settings.volumes === undefined ? {} : { Volumes: emptyObjects(settings.volumes) }),
  };
}

function emptyObjects(names: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function document(mediaType: string, value: unknown): Document {
  const content = JSON.stringify(value);
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content), content };
}

function descriptorOf({ mediaType, digest, size }: Document): Descriptor {
  return { mediaType, digest, size };
}

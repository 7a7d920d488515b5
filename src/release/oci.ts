/** Writes the manifests that a release brings itself: charts, evidence and the record, as OCI 1.1 artifacts. */
import { createHash } from "node:crypto";

/** What a manifest names: content by digest and size. */
export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** A manifest and where what it names lies: digest to file in the container that pushes. */
export type OciObject = {
  /** Registry and path, without tag and digest. */
  readonly repository: string;
  readonly digest: string;
  readonly manifest: string;
  readonly files: Readonly<Record<string, string>>;
};

/** What makes a manifest. */
export type ManifestParts = {
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Manifest that this one says something about. */
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Media type of every manifest here. */
export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** The empty configuration of an artifact that has none. Source: OCI image specification 1.1, "Guidance for an empty descriptor". */
export const EMPTY_CONFIG = "{}";

/** Digest of a text's bytes. */
export function digestOfText(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** The hash of a digest, without the name of its algorithm, as documents of others write it. */
export function hashOf(digest: string): string {
  return digest.replace(/^sha256:/, "");
}

/** Descriptor of a text. */
export function describeText(mediaType: string, text: string): Descriptor {
  return { mediaType, digest: digestOfText(text), size: Buffer.byteLength(text) };
}

/** Descriptor of the empty configuration. */
export const EMPTY: Descriptor = describeText("application/vnd.oci.empty.v1+json", EMPTY_CONFIG);

/** Text of a manifest; the same parts give the same bytes. */
export function manifestText({ artifactType, config, layers, subject, annotations }: ManifestParts): string {
  const sorted = Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    ...(artifactType === undefined ? {} : { artifactType }),
    config,
    layers,
    ...(subject === undefined ? {} : { subject }),
    annotations: sorted,
  });
}

/** An object of a repository, from the parts of its manifest. */
export function ociObject(
  repository: string,
  parts: ManifestParts,
  files: Readonly<Record<string, string>>,
): OciObject {
  const manifest = manifestText(parts);
  return { repository, digest: digestOfText(manifest), manifest, files };
}

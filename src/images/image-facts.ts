/** What is known of a finished image, as the normalising container prints it. */
import { z } from "zod";

/** One layer: its digest and its bytes in the registry and on disk. */
export type LayerFacts = {
  readonly digest: string;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
};

/** What is known of a finished image. */
export type ImageFacts = {
  /** Digest of the image's manifest, `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Sum over the layers of what a registry stores and a node downloads. */
  readonly compressedBytes: number;
  /** Sum over the layers of what a node unpacks. */
  readonly unpackedBytes: number;
  readonly layers: readonly LayerFacts[];
  /** Tells one making of the image from another; the engine gives the same as long as it has the image. */
  readonly made: string;
};

const DIGEST = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const BYTES = z.coerce.number().int().nonnegative();
const LINE = z.union([
  z.tuple([z.literal("made"), z.string().min(1)]),
  z.tuple([z.literal("digest"), DIGEST]),
  z.tuple([z.literal("layer"), DIGEST, BYTES, BYTES]),
]);

/**
 * Parses the lines `made <identifier>`, `digest <digest>` and, per layer, `layer <digest> <compressed> <unpacked>` (bytes).
 *
 * Throws an Error when a line has another form or the digest or identifier is missing: the script that prints them is ours.
 */
export function parseImageFacts(output: string): ImageFacts {
  let digest: string | undefined;
  let made: string | undefined;
  const layers: LayerFacts[] = [];
  for (const text of output.trim().split("\n")) {
    const line = LINE.safeParse(text.split(" "));
    if (!line.success) throw new Error(`not a fact of an image: ${JSON.stringify(text)}`);
    if (line.data[0] === "made") made = line.data[1];
    else if (line.data[0] === "digest") digest = line.data[1];
    else layers.push({ digest: line.data[1], compressedBytes: line.data[2], unpackedBytes: line.data[3] });
  }
  if (digest === undefined || made === undefined)
    throw new Error(`no digest or identifier in: ${JSON.stringify(output)}`);
  return {
    digest,
    compressedBytes: sum(layers.map((layer) => layer.compressedBytes)),
    unpackedBytes: sum(layers.map((layer) => layer.unpackedBytes)),
    layers,
    made,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

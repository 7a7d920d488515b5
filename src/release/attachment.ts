/** Writes the manifests that attach evidence to an artifact, in the layout that cosign reads. */
import { createHash, createPublicKey } from "node:crypto";

import { EMPTY, MANIFEST_TYPE, type OciObject, ociObject } from "./oci.ts";
import { type Evidence, KEY_ANNOTATION, STATEMENT_ANNOTATION, UNSIGNED } from "./plan.ts";
import { EVIDENCE_KINDS, PREDICATES } from "./statements.ts";

/** A signed statement. Source: sigstore, "Bundle format", version 0.3. */
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A statement that nobody signed. Source: in-toto attestation, "Envelope". */
export const STATEMENT_MEDIA_TYPE = "application/vnd.in-toto+json";

/** Content that is attached: a bundle, or a statement that nobody signed. */
export type Attached = { readonly digest: string; readonly size: number };

/**
 * Makes the manifest that attaches evidence to its artifact by digest.
 *
 * @param subjectBytes Size of the artifact's manifest.
 * @param files Where the container that pushes has the content and the empty configuration.
 */
export function attachment(
  { artifact, kind, statement, key }: Evidence,
  content: Attached,
  subjectBytes: number,
  files: Readonly<Record<string, string>>,
): OciObject {
  const mediaType = key === UNSIGNED ? STATEMENT_MEDIA_TYPE : BUNDLE_TYPE;
  const known = EVIDENCE_KINDS.find((name) => name === kind);
  const predicate = known === undefined ? "" : PREDICATES[known];
  return ociObject(
    artifact.repository,
    {
      artifactType: mediaType,
      config: EMPTY,
      layers: [{ mediaType, digest: content.digest, size: content.size }],
      subject: { mediaType: MANIFEST_TYPE, digest: artifact.digest, size: subjectBytes },
      annotations: {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": predicate,
        [STATEMENT_ANNOTATION]: statement,
        [KEY_ANNOTATION]: key,
      },
    },
    files,
  );
}

/** Name of a public key, PEM: the SHA-256 of its bytes in base64, which bundles hint at as well. */
export function signatureKey(publicKey: string): string {
  const bytes = createPublicKey(publicKey).export({ type: "spki", format: "der" });
  return createHash("sha256").update(bytes).digest("base64");
}

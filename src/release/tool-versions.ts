/** Programs that make evidence, at the versions that programs/evidence/go.mod has; a test compares the two. */

/** A program that is compiled from its Go module. */
export type EvidenceTool = {
  /** Name of the program. */
  readonly name: string;
  /** Go module that it comes from. */
  readonly module: string;
  readonly version: string;
  /** What it is here for, as `versions` says it. */
  readonly reason: string;
};

/** Lists what an image is made of. */
export const SYFT: EvidenceTool = {
  name: "syft",
  module: "github.com/anchore/syft",
  version: "v1.52.0",
  reason: "Lists what an image is made of; compiled in the image golang.",
};

/** Finds known vulnerabilities in what an image is made of. */
export const GRYPE: EvidenceTool = {
  name: "grype",
  module: "github.com/anchore/grype",
  version: "v0.119.0",
  reason: "Finds known vulnerabilities in what an image is made of; compiled in the image golang.",
};

/** Signs statements with a key. */
export const COSIGN: EvidenceTool = {
  name: "cosign",
  module: "github.com/sigstore/cosign/v3",
  version: "v3.1.3",
  reason: "Signs evidence, as the library of a small program of this module; compiled in the image golang.",
};

/** All of them. */
export const EVIDENCE_TOOLS: readonly EvidenceTool[] = [SYFT, GRYPE, COSIGN];

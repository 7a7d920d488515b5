/** Programs that make evidence, each at an exact version; the Go checksum database proves what is downloaded. */

/** A program that is compiled from its Go module. */
export type GoProgram = { readonly name: string; readonly package: string; readonly version: string };

/** Lists what an image is made of. */
export const SYFT: GoProgram = { name: "syft", package: "github.com/anchore/syft/cmd/syft", version: "v1.54.1" };

/** Signs statements with a key. */
export const COSIGN: GoProgram = {
  name: "cosign",
  package: "github.com/sigstore/cosign/v3/cmd/cosign",
  version: "v3.1.3",
};

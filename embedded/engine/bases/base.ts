/** The form of a base image's recipe. */

import type { ImageConfig } from "../images/oci-image.ts";
import type { LayerRecipe } from "../images/layer.ts";

/** How one image of the embedded lock is made. */
export type Base = {
  /** Logical name in the lock. */
  readonly name: string;
  /** Tag in the loopback registry: the version of what the base is there for. */
  readonly tag: string;
  /** Completes the sentence "made from ...". */
  readonly madeFrom: string;
  /** Why the lock has it. */
  readonly reason: string;
  readonly layers: readonly LayerRecipe[];
  readonly config: ImageConfig;
};

/** What every step of making and starting the embedded engine is given. */

import type { Progress } from "../types.ts";
import type { CachePaths } from "./cache-paths.ts";

/** Names of one processor architecture in the worlds that packages come from. */
export type Architecture = {
  /** Go, Debian and OCI agree on this one: `amd64` or `arm64`. */
  readonly name: "amd64" | "arm64";
  /** Suffix of npm packages: `x64` or `arm64`. */
  readonly npm: "x64" | "arm64";
};

/** Cache, progress, environment of children, and the signal that ends everything. */
export type Making = {
  readonly cache: CachePaths;
  readonly progress: Progress;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly architecture: Architecture;
};

/** Remembers the smoke tests that passed, so that nothing that was proven is proven again. */
import { randomUUID } from "node:crypto";

import { type Container, dag } from "@dagger.io/dagger";

import { helmContainer } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { parsePass } from "./smoke-pass.ts";
import type { SmokeResult } from "./smoke-report.ts";

const PASSES = "/passes";

/** What was found by a test that passed, and the key of what it proves. */
export type Pass = { readonly key: string; readonly result: SmokeResult };

const READ_SCRIPT = 'for key in $KEYS; do { cat "$PASSES/$key" 2> /dev/null || true; } | tr -d "\\n"; echo; done';

// Moved into place, so that nobody reads half of it.
const RECORD_SCRIPT =
  'cd /new && for key in *; do cp "$key" "$PASSES/$key.$SLIPWAY_RUN" && mv "$PASSES/$key.$SLIPWAY_RUN" "$PASSES/$key"; done';

/** The records of passes, in the order of their keys; undefined where there is none that can be read. */
export async function readPasses(
  lock: ImageLock,
  keys: readonly string[],
): Promise<readonly (SmokeResult | undefined)[]> {
  const reader = volume(lock).withEnvVariable("KEYS", keys.join(" "));
  const lines = (await reader.withExec(["sh", "-c", READ_SCRIPT]).stdout()).split("\n");
  return keys.map((_, index) => parsePass(lines[index] ?? ""));
}

/** Records passes. */
export async function recordPasses(lock: ImageLock, passes: readonly Pass[]): Promise<void> {
  const files = passes.reduce(
    (directory, { key, result }) => directory.withNewFile(key, JSON.stringify(result)),
    dag.directory(),
  );
  await volume(lock).withMountedDirectory("/new", files).withExec(["sh", "-c", RECORD_SCRIPT]).sync();
}

function volume(lock: ImageLock): Container {
  return helmContainer(lock, "helm")
    .withMountedCache(PASSES, dag.cacheVolume("slipway-smoke-passes"))
    .withEnvVariable("PASSES", PASSES)
    .withEnvVariable("SLIPWAY_RUN", randomUUID());
}

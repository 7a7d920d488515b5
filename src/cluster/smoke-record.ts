/** Remembers the smoke tests that passed, so that nothing that was proven is proven again. */
import { randomUUID } from "node:crypto";

import { dag } from "@dagger.io/dagger";

import { helmContainer } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";

const PASSES = "/passes";

/** The record of a pass; nothing where there is none. */
export async function readPass(lock: ImageLock, key: string): Promise<string | undefined> {
  const text = await volume(lock, key).withExec(["sh", "-c", 'cat "$PASS" 2> /dev/null || true']).stdout();
  return text === "" ? undefined : text;
}

/** Records a pass. Failures are never recorded. */
export async function recordPass(lock: ImageLock, key: string, text: string): Promise<void> {
  // Moved into place, so that nobody reads half of it.
  const script = 'cp /tmp/pass "$PASS.$SLIPWAY_RUN" && mv "$PASS.$SLIPWAY_RUN" "$PASS"';
  await volume(lock, key).withNewFile("/tmp/pass", text).withExec(["sh", "-c", script]).sync();
}

function volume(lock: ImageLock, key: string) {
  return helmContainer(lock, "helm")
    .withMountedCache(PASSES, dag.cacheVolume("slipway-smoke-passes"))
    .withEnvVariable("PASS", `${PASSES}/${key}`)
    .withEnvVariable("SLIPWAY_RUN", randomUUID());
}

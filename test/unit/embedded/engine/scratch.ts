/** Folders for tests. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { onTestFinished } from "vitest";

/** Makes a folder that goes when the test ends; called in a test, or in what runs before each. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-scratch-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

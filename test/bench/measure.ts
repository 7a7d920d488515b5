/** What all measurements share: engines, clocks and rows. */
import { dag, type Directory } from "@dagger.io/dagger";

import { startEmbeddedEngine } from "../../embedded/engine/index.ts";
import type { EmbeddedEngine, Progress } from "../../embedded/types.ts";
import { notUploaded } from "../e2e/support/slipway.ts";

/** One line of the table: what was measured, beside what, and whether the bound was kept. */
export type Row = { what: string; measured: string; baseline: string; bound: string; kept: boolean };

const say = (text: string) => process.stderr.write(`${text}\n`);
export const progress: Progress = { step: say, done: (text, seconds) => say(`${text} (${seconds.toFixed(1)} s)`) };

/** Starts an engine of its own and points the SDK to it. */
export async function engine(stateName: string): Promise<EmbeddedEngine> {
  const started = await startEmbeddedEngine({
    progress,
    environment: process.env,
    signal: new AbortController().signal,
    stateName,
  });
  // What the measurements share with the end-to-end tests finds the images there.
  Object.assign(process.env, started.environment, { SLIPWAY_IMAGES_LOCK: started.imagesLock });
  return started;
}

/** A checkout, as the module gets it of a caller without --source. */
export function checkout(folder: string): Directory {
  return dag.host().directory(folder, { exclude: notUploaded() });
}

/** How long a piece of work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** The run that the rest of the machine disturbed least. */
export function least(values: readonly number[]): number {
  return Math.min(...values);
}

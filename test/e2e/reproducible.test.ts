import { execFile } from "node:child_process";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { connection, dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { removeEmbeddedState, startEmbeddedEngine } from "../../embedded/engine/index.ts";
import { Slipway } from "../../src/index.ts";
import { ROOT, tableRows } from "./support/slipway.ts";

const run = promisify(execFile);
const progress = { step: () => undefined, done: () => undefined };
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** Clones this repository, touches a file, and builds everything in an engine that has nothing. */
async function digests(round: number): Promise<Map<string, string | undefined>> {
  const folder = await mkdtemp(path.join(tmpdir(), `slipway-checkout-${"x".repeat(round)}`));
  const options = { progress, environment: process.env, stateName: `test-empty-${round}` };
  const before = { ...process.env };
  try {
    await run("git", ["clone", "--quiet", ROOT, folder]);
    await utimes(path.join(folder, "docker/reference/cruvero/cmd/api/main.go"), round, round);
    const engine = await startEmbeddedEngine({ ...options, signal: new AbortController().signal });
    Object.assign(process.env, engine.environment);
    let table = "";
    await connection(async () => {
      const source = dag.host().directory(folder);
      table = await new Slipway(source, undefined, undefined, dag.host().file(engine.imagesLock)).buildAll();
    });
    expect(table, "the clone's commit and its time").toMatch(/ of commit [0-9a-f]{40} \(\d{4}-/);
    const rows = [...tableRows(table).values()].slice(1);
    expect(rows.map((row) => row.at(-1))).toEqual(rows.map(() => "built"));
    return new Map(rows.map((row) => [row[0] ?? "", row[3]]));
  } finally {
    Object.assign(process.env, before);
    await removeEmbeddedState(options);
    await rm(folder, { recursive: true, force: true });
  }
}

describe("one commit", () => {
  it.skipIf(!embedded)(
    "gives the same digests from two checkouts, at two times, on two empty engines (S-14; embedded engines only: a second official one cannot be had here)",
    async () => {
      const [first, second] = [await digests(1), await digests(2)];
      expect(first.size).toBe(6);
      expect(second).toEqual(first);
    },
  );
});

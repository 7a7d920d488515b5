import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { removeEmbeddedState, startEmbeddedEngine } from "../../embedded/engine/index.ts";
import { Slipway } from "../../src/index.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { inEngine, outsideImage, ROOT, tableRows } from "./support/slipway.ts";

const run = promisify(execFile);
const progress = { step: () => undefined, done: () => undefined };
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** What a build gave: the digest of each image, and what one of them consists of, to see a difference by. */
type Built = { readonly digests: Readonly<Record<string, string | undefined>>; readonly layout: string };

/** Clones this repository, touches a file, and builds everything in an engine that has nothing. */
async function buildFromNothing(round: number): Promise<Built> {
  const folder = await mkdtemp(path.join(tmpdir(), `slipway-checkout-${"x".repeat(round)}`));
  const options = { progress, environment: process.env, stateName: `test-empty-${round}` };
  const before = { ...process.env };
  try {
    await run("git", ["clone", "--quiet", ROOT, folder]);
    await utimes(path.join(folder, "docker/reference/cruvero/cmd/api/main.go"), round, round);
    // What a run that was killed has left is not nothing.
    await removeEmbeddedState(options);
    const engine = await startEmbeddedEngine({ ...options, signal: new AbortController().signal });
    Object.assign(process.env, engine.environment);
    return await inEngine(async () => {
      const source = dag.host().directory(folder);
      const module = new Slipway(source, undefined, undefined, dag.host().file(engine.imagesLock));
      const table = await module.buildAll();
      expect(table, "the clone's commit and its time").toMatch(/ of commit [0-9a-f]{40} \(\d{4}-/);
      const rows = [...tableRows(table).values()].slice(1);
      expect(rows.map((row) => row.at(-1))).toEqual(rows.map(() => "built"));
      const shown = (await outsideImage("golang"))
        .withMountedFile("/image.tar", (await module.images()).file("migrate.tar"))
        .withMountedTemp("/tmp")
        .withExec([
          "sh",
          "-ec",
          "cd /tmp; tar -xf /image.tar; cat index.json; find blobs -type f -size -64k | sort | xargs cat",
        ]);
      const digests = Object.fromEntries(rows.map((row) => [row[0] ?? "", row[3]]));
      return { digests, layout: (await shown.stdout()).replaceAll(",", ",\n") };
    });
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
      const [first, second] = [await buildFromNothing(1), await buildFromNothing(2)];
      const file = await readFile(path.join(ROOT, "deploy/platform.yaml"), "utf8");
      const names = parsePlatform(file, "deploy/platform.yaml").images.map(({ name }) => name);
      expect(Object.keys(first.digests)).toEqual(names);
      expect(second).toEqual(first);
    },
  );
});

import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { dag } from "@dagger.io/dagger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { inEngine, ROOT, slipway } from "./support/slipway.ts";

const run = promisify(execFile);
const WORKER = path.join(ROOT, "test/e2e/support/engine-worker.ts");
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;
const [, port = ""] = (process.env.SLIPWAY_REGISTRY ?? "").split(":");
/** A place of its own in the run's registry. */
const PREFIX = `registry:5000/two-engines-${randomUUID()}`;

const buildSchema = z.object({
  commit: z.boolean(),
  cells: z.array(z.string()),
  charts: z.record(z.string(), z.string()),
  digests: z.record(z.string(), z.string()),
  layout: z.string(),
});
const builtSchema = z.object({ first: buildSchema, second: buildSchema });
const publishedSchema = z.object({ published: z.string() });

/** An engine that starts with nothing, and a checkout for it. */
type Worker = { readonly process: ChildProcessWithoutNullStreams; readonly lines: AsyncIterator<string, undefined> };

const folders: string[] = [];
const workers: Worker[] = [];

/**
 * Clones this repository, touches a file, and starts an engine that builds everything from nothing; the second one is started
 * again in between.
 */
async function startWorker(round: number): Promise<Worker> {
  const folder = await mkdtemp(path.join(tmpdir(), `slipway-checkout-${"x".repeat(round)}`));
  folders.push(folder);
  await run("git", ["clone", "--quiet", ROOT, folder]);
  await utimes(path.join(folder, "docker/reference/cruvero/cmd/api/main.go"), round, round);
  const words = ["--import", "tsx", WORKER, `test-empty-${round}`, folder, port, PREFIX, round === 2 ? "restart" : ""];
  const child = spawn(process.execPath, words, { cwd: ROOT });
  child.stderr.pipe(process.stderr);
  return { process: child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function nextLine({ lines }: Worker): Promise<unknown> {
  const next = await lines.next();
  if (next.done === true) throw new Error("the process ended; it said why on its error output");
  return JSON.parse(next.value);
}

describe.skipIf(!embedded)(
  "two engines that start with nothing (embedded ones only: a second official one cannot be had here)",
  () => {
    let built: z.output<typeof builtSchema>[] = [];

    beforeAll(async () => {
      workers.push(await startWorker(1), await startWorker(2));
      built = z.array(builtSchema).parse(await Promise.all(workers.map(nextLine)));
    });

    afterAll(async () => {
      for (const worker of workers) {
        worker.process.stdin.end();
        if (worker.process.exitCode === null) await once(worker.process, "exit");
      }
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    });

    it("give the same digests of images and charts from two checkouts, at two times (S-14)", async () => {
      const file = await readFile(path.join(ROOT, "deploy/platform.yaml"), "utf8");
      const { images, charts } = parsePlatform(file, "deploy/platform.yaml");
      const names = images.map(({ name }) => name);
      const [first, second] = built.map((each) => each.first);
      expect(Object.keys(first?.digests ?? {})).toEqual(names);
      expect(Object.keys(first?.charts ?? {})).toEqual(charts.map(({ name }) => name));
      const malformed = Object.values(first?.charts ?? {}).filter((digest) => !/^sha256:[0-9a-f]{64}$/.test(digest));
      expect(malformed).toEqual([]);
      expect(first?.cells, "nothing was there before").toEqual(names.map(() => "built"));
      expect(first?.commit, "the clone's commit and its time").toBe(true);
      expect(second).toEqual(first);
    });

    it("give the same digests when one of them was started again (S-14)", () => {
      const [first, second] = built.map((each) => each.second);
      expect(first?.commit, "one that is not there has no time").toBe(false);
      expect(first?.cells, "another commit").toEqual(first?.cells.map(() => "built"));
      expect(first?.digests).not.toEqual(built[0]?.first.digests);
      expect(first?.charts, "charts pin these images").not.toEqual(built[0]?.first.charts);
      expect(second).toEqual(first);
    });

    it("publish one revision at once, and what is there then is what a third one has", async () => {
      for (const { process: each } of workers) each.stdin.end();
      const tables = z.array(publishedSchema).parse(await Promise.all(workers.map(nextLine)));
      expect(
        tables.map(({ published }) => published.match(/ (set|already there with the same digest)$/gm)?.length),
      ).toEqual(workers.map(() => Object.keys(built[0]?.first.digests ?? {}).length));
      const again = await inEngine(() => {
        const registry = dag.host().service([{ backend: Number(port), frontend: 5000 }]);
        return slipway().publishImages(PREFIX, [], "", "main", "", undefined, registry, true);
      });
      expect(again).not.toMatch(/ set$/m);
      expect(again.match(/ already there with the same digest$/gm)).toHaveLength(
        Object.keys(built[0]?.first.digests ?? {}).length,
      );
    });
  },
);

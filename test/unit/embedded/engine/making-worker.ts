/**
 * A run that makes parts in a cache as the engine's own runs do, under the lock of the cache, and writes slowly: so that
 * another one meets it at work. Prints a line for each part that it makes itself.
 *   making-worker.ts CACHE
 */
import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { makeOnce, remove, sweepUnfinished } from "../../../../embedded/engine/cache.ts";
import { cachePaths } from "../../../../embedded/engine/cache-paths.ts";
import { withLock } from "../../../../embedded/engine/lock.ts";
import type { Making } from "../../../../embedded/engine/making.ts";

const [, , folder = ""] = process.argv;
const { signal } = new AbortController();
const making: Making = {
  cache: cachePaths(folder),
  progress: { step: () => undefined, done: () => undefined },
  environment: {},
  signal,
  architecture: { name: "amd64", npm: "x64" },
};

await withLock(making.cache.lock, { signal, onWait: () => undefined }, async () => {
  await sweepUnfinished(making);
  for (const name of ["one", "two", "three"]) {
    await makeOnce(making, { name, inputs: name, label: name }, async (unfinished) => {
      process.stdout.write(`making ${name}\n`);
      await mkdir(path.join(unfinished, "tree"));
      for (let line = 0; line < 5; line += 1) {
        await appendFile(path.join(unfinished, "tree/file"), `${name} ${line}\n`);
        await pause(20);
      }
    });
  }
  await remove(making.cache.temporary);
});

import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";

import { cacheRoot } from "../embedded/engine/cache-paths.ts";
import { edgesOf } from "./support/edges.ts";
import { removeUnused } from "./support/unused.ts";

/** What engines of its own or exact times make a test unfit to run beside another one. */
const ALONE = ["diagnosis", "embedded", "reproducible"].map((name) => `test/e2e/${name}.test.ts`);

const root = path.resolve(import.meta.dirname, "..");
const modules = path.join(cacheRoot(process.env), "tests/modules");
mkdirSync(modules, { recursive: true });
removeUnused(modules);

export default defineConfig({
  test: {
    root,
    coverage: {
      // `npm test` measures what the unit tests reach; it takes a quarter longer, so that other runs do without.
      provider: "v8",
      include: ["src/**/*.ts"],
      // What builds containers runs in the end-to-end tests alone.
      exclude: edgesOf(path.join(root, "src")).map((file) => `src/${file}`),
      reporter: ["text-summary"],
      reportsDirectory: path.join(cacheRoot(process.env), "tests/coverage"),
      thresholds: { lines: 96, statements: 95, functions: 94, branches: 89 },
    },
    // Most of the time goes into programs that tests start or wait for, so that one more is at work than there are cores.
    maxWorkers: availableParallelism() + 1,
    // What a file is compiled to is kept by its content: compiling all of them anew took a tenth of a run.
    experimental: { fsModuleCache: true, fsModuleCachePath: modules },
    projects: [
      {
        test: {
          name: "unit",
          // No test replaces a module or leaves state behind, and a process per file would double the time.
          isolate: false,
          root,
          include: ["test/unit/**/*.test.ts", "docker/reference/*/web/test/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "charts",
          isolate: false,
          root,
          include: ["test/charts/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "e2e",
          root,
          include: ["test/e2e/**/*.test.ts"],
          exclude: ALONE,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // A test waits for a cluster as long as it keeps the machine busy.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e-alone",
          root,
          include: ALONE,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

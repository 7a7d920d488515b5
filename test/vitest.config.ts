import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";

const root = path.resolve(import.meta.dirname, "..");

export default defineConfig({
  test: {
    root,
    // Most of the time goes into programs that tests start, so that no core is kept free for the main process.
    maxWorkers: availableParallelism(),
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
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadSurface } from "../../../../embedded/cli/surface-cache.ts";
import type { Surface } from "../../../../embedded/cli/surface.ts";
import { sampleSurface } from "./sample.ts";

const SURFACE: Surface = { className: "Small", description: "", constructorArguments: [], functions: [] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "slipway-surface-"));
  await mkdir(path.join(folder, "src/room"), { recursive: true });
  await writeFile(path.join(folder, "src/index.ts"), "// one\n");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Loads the surface and gives the files that were scanned for it, or nothing where it was known. */
async function scannedFiles(): Promise<string[] | undefined> {
  let scanned: string[] | undefined;
  const surface = await loadSurface(
    { folder, name: "small" },
    path.join(folder, "cache"),
    () => undefined,
    (_name, files) => {
      scanned = files.map((file) => path.relative(folder, file));
      return Promise.resolve(SURFACE);
    },
  );
  expect(surface).toEqual(SURFACE);
  return scanned;
}

describe("loadSurface", () => {
  it("scans a module once", async () => {
    expect(await scannedFiles()).toEqual(["src/index.ts"]);
    expect(await scannedFiles()).toBeUndefined();
  });

  it("scans again when a file changes or another comes in any room", async () => {
    await scannedFiles();
    await writeFile(path.join(folder, "src/index.ts"), "// two\n");
    expect(await scannedFiles()).toEqual(["src/index.ts"]);
    await writeFile(path.join(folder, "src/room/more.ts"), "// three\n");
    expect(await scannedFiles()).toEqual(["src/index.ts", "src/room/more.ts"]);
  });

  it.each(['{"className":', "{}", ""])("scans again when what it kept reads %j", async (damaged) => {
    await scannedFiles();
    const kept = await readdir(path.join(folder, "cache/surface"));
    await Promise.all(kept.map((name) => writeFile(path.join(folder, "cache/surface", name), damaged)));
    expect(await scannedFiles()).toEqual(["src/index.ts"]);
  });

  it("keeps the ten newest surfaces", async () => {
    for (let round = 0; round < 12; round++) {
      await writeFile(path.join(folder, "src/index.ts"), `// ${round}\n`);
      await scannedFiles();
    }
    expect(await readdir(path.join(folder, "cache/surface"))).toHaveLength(10);
  });
});

describe("scanSurface", () => {
  it("reads what the source says", async () => {
    const { className, description, functions } = await sampleSurface();
    const secret = functions.find(({ name }) => name === "secret-length");
    expect({ className, description, secret }).toEqual({
      className: "Sample",
      description: "A small module with one argument of every form, for the tests of the command line.",
      secret: {
        method: "secretLength",
        name: "secret-length",
        description: "Returns how long a secret is.",
        cache: "never",
        returns: { kind: "integer" },
        arguments: [
          {
            ...{ name: "token", flag: "token", description: "The secret.", ignore: [] },
            ...{ isRequired: true, isNullable: false, isVariadic: false },
            type: { kind: "object", name: "Secret", ours: false },
          },
        ],
      },
    });
  }, 60_000);
});

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import {
  artifactPath,
  hashFolder,
  keyOf,
  makeOnce,
  KEPT_DAYS,
  markUsed,
  removeOutdated,
  sweepUnfinished,
} from "../../../../embedded/engine/cache.ts";
import { cachePaths } from "../../../../embedded/engine/cache-paths.ts";
import type { Making } from "../../../../embedded/engine/making.ts";
import { scratchFolder } from "./scratch.ts";

const ARTIFACT = { name: "thing", inputs: { version: "1" }, label: "the thing" };

let making: Making;
let said: string[];
let ending: AbortController;

beforeEach(async () => {
  said = [];
  ending = new AbortController();
  making = {
    cache: cachePaths(await scratchFolder()),
    progress: { step: (text) => said.push(`step ${text}`), done: (text) => said.push(`done ${text}`) },
    environment: {},
    signal: ending.signal,
    architecture: { name: "amd64", npm: "x64" },
  };
  await mkdir(making.cache.made, { recursive: true });
});

describe("keyOf", () => {
  it("does not depend on the order of names, but on that of lists", () => {
    expect(keyOf({ a: 1, b: { c: [1, 2], d: 2 } })).toBe(keyOf({ b: { d: 2, c: [1, 2] }, a: 1 }));
    expect(keyOf([1, 2])).not.toBe(keyOf([2, 1]));
  });

  it("changes with every value", () => {
    const keys = [{ a: 1 }, { a: 2 }, { a: "1" }, { a: [1] }, { b: 1 }, {}].map((inputs) => keyOf(inputs));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("makeOnce", () => {
  const make = (content: string) => (folder: string) => writeFile(path.join(folder, "file"), content);

  it("makes a thing once and finds it then", async () => {
    const first = await makeOnce(making, ARTIFACT, make("first"));
    const second = await makeOnce(making, ARTIFACT, make("second"));
    expect(second).toBe(first);
    expect(await readFile(path.join(first, "file"), "utf8")).toBe("first");
    expect(said).toEqual(["step the thing", "done the thing"]);
  });

  it("makes it anew when an input changes", async () => {
    const first = await makeOnce(making, ARTIFACT, make("first"));
    const second = await makeOnce(making, { ...ARTIFACT, inputs: { version: "2" } }, make("second"));
    expect(second).not.toBe(first);
  });

  it("leaves nothing behind when making fails", async () => {
    const failing = async (folder: string) => {
      await make("half")(folder);
      throw new Error("no space");
    };
    await expect(makeOnce(making, ARTIFACT, failing)).rejects.toThrow("no space");
    expect(await readdir(making.cache.made)).toEqual([]);
  });

  it("names the disk and the way out when a write finds no room, and leaves nothing behind", async () => {
    const failing = async (folder: string) => {
      await make("half")(folder);
      await writeFile("/dev/full", "more");
    };
    await expect(makeOnce(making, ARTIFACT, failing)).rejects.toThrow(
      /^\[infra\] the thing failed: no space left on the disk\nNext: the disk is full at .*\/made\/\.making-thing-.*SLIPWAY_CACHE/,
    );
    expect(await readdir(making.cache.made)).toEqual([]);
  });

  it("leaves nothing behind when the run is ended meanwhile", async () => {
    const slow = async (folder: string) => {
      await make("whole")(folder);
      ending.abort(new Error("ended"));
    };
    await expect(makeOnce(making, ARTIFACT, slow)).rejects.toThrow("ended");
    expect(await readdir(making.cache.made)).toEqual([]);
  });
});

describe("sweepUnfinished", () => {
  it("removes what a killed run left, and nothing finished", async () => {
    const finished = await makeOnce(making, ARTIFACT, () => Promise.resolve());
    await mkdir(path.join(making.cache.made, ".making-other-0123", "deep"), { recursive: true });
    await sweepUnfinished(making);
    expect(await readdir(making.cache.made)).toEqual([path.basename(finished)]);
  });
});

describe("removeOutdated", () => {
  it("removes what nobody needs and nobody used for a week", async () => {
    const [old, recent, needed] = ["1", "2", "3"].map((version) => ({ ...ARTIFACT, inputs: { version } }));
    if (old === undefined || recent === undefined || needed === undefined) throw new Error("three artifacts");
    for (const artifact of [old, recent, needed]) await makeOnce(making, artifact, () => Promise.resolve());
    const now = new Date();
    const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3600 * 1000);
    await markUsed([artifactPath(making, old), artifactPath(making, needed)], daysAgo(KEPT_DAYS + 1));
    await markUsed([artifactPath(making, recent)], daysAgo(KEPT_DAYS - 1));
    await removeOutdated(making, [artifactPath(making, needed)], now);
    const kept = [recent, needed].map((artifact) => path.basename(artifactPath(making, artifact)));
    expect((await readdir(making.cache.made)).sort()).toEqual(kept.sort());
  });
});

describe("hashFolder", () => {
  it("depends on names and bytes of all files", async () => {
    const folder = making.cache.made;
    const hashes: string[] = [];
    for (const [name, content] of [
      ["a", "1"],
      ["a", "2"],
      ["b", "2"],
    ] as const) {
      await writeFile(path.join(folder, name), content);
      hashes.push(await hashFolder(folder));
    }
    expect(new Set(hashes).size).toBe(3);
    expect(await hashFolder(folder)).toBe(hashes[2]);
  });

  it("leaves out the files that do not count", async () => {
    const folder = making.cache.made;
    await writeFile(path.join(folder, "main.go"), "package main");
    const hash = await hashFolder(folder, "_test.go");
    await writeFile(path.join(folder, "main_test.go"), "package main");
    expect(await hashFolder(folder, "_test.go")).toBe(hash);
    expect(await hashFolder(folder)).not.toBe(hash);
  });
});

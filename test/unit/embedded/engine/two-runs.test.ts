import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { cachePaths } from "../../../../embedded/engine/cache-paths.ts";
import { scratchFolder } from "./scratch.ts";

const WORKER = path.join(import.meta.dirname, "making-worker.ts");
const PARTS = ["one", "three", "two"];

let cache: string;

beforeEach(async () => {
  cache = await scratchFolder();
});

/** Starts a run in a process of its own. */
function begin() {
  const child = spawn(process.execPath, ["--import", "tsx", WORKER, cache], { stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  }
  const ended = once(child, "close").then(() => ({ code: child.exitCode, text: said.join("") }));
  return { child, ended };
}

/** What the parts hold that are in the cache, and whatever else is there. */
async function made(): Promise<string[]> {
  const { made: folder } = cachePaths(cache);
  const names = (await readdir(folder)).sort();
  const contents = await Promise.all(names.map((name) => readFile(path.join(folder, name, "tree/file"), "utf8")));
  return names.map((name, index) => `${name.replace(/-[0-9a-f]{16}$/, "")}: ${contents[index] ?? ""}`);
}

const WHOLE = PARTS.map((name) => `${name}: ${[0, 1, 2, 3, 4].map((line) => `${name} ${line}\n`).join("")}`);

describe("two runs at once on one cache", () => {
  it("make every part of an empty cache once and whole, and leave nothing else", async () => {
    const ends = await Promise.all([begin().ended, begin().ended]);
    expect(ends.map(({ code, text }) => (code === 0 ? 0 : text))).toEqual([0, 0]);
    const making = ends.flatMap(({ text }) => text.trim().split("\n")).filter((line) => line !== "");
    expect(making.sort()).toEqual(PARTS.map((name) => `making ${name}`));
    expect(await made()).toEqual(WHOLE);
    expect((await readdir(cachePaths(cache).root)).sort()).toEqual(["lock", "made"]);
  });

  it("make whole what a killed run had begun", async () => {
    const killed = begin();
    await once(killed.child.stdout, "data");
    killed.child.kill("SIGKILL");
    const ends = await Promise.all([killed.ended, begin().ended, begin().ended]);
    expect(ends.map(({ code }) => code)).toEqual([null, 0, 0]);
    expect(await made()).toEqual(WHOLE);
  });
});

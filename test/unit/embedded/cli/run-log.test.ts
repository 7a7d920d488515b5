import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { finished } from "node:stream/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openRunLog, runLabel } from "../../../../embedded/cli/run-log.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), "slipway-log-"));
});
afterEach(async () => {
  await rm(cache, { recursive: true });
});

describe("openRunLog", () => {
  it("keeps what the engine says, and repeats it where somebody listens", async () => {
    const heard: string[] = [];
    const log = await openRunLog(cache, "20260102T030405-build-7", (text) => heard.push(text));
    log.stream.write("one\n");
    log.stream.end("two\n");
    await finished(log.stream);
    expect(await readFile(log.file, "utf8")).toBe("one\ntwo\n");
    expect(heard).toEqual(["one\n", "two\n"]);
  });

  it("removes the oldest logs", async () => {
    const folder = path.join(cache, "logs");
    await mkdir(folder);
    const names = Array.from(
      { length: 25 },
      (_, index) => `20260102T0304${String(index).padStart(2, "0")}-build-7.log`,
    );
    await Promise.all(names.map((name) => writeFile(path.join(folder, name), "")));
    const log = await openRunLog(cache, "20260103T000000-build-7");
    log.stream.end();
    await finished(log.stream);
    expect((await readdir(folder)).sort()).toEqual([...names.slice(5), "20260103T000000-build-7.log"]);
  });
});

describe("runLabel", () => {
  it("begins with the time, so that names sort by it", () => {
    expect(runLabel("build-all", new Date("2026-01-31T23:59:59.123Z"), 4711)).toBe("20260131T235959-build-all-4711");
  });
});

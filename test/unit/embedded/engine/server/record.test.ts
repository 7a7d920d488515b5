import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { parseRecord, readRecord, removeRecord, writeRecord } from "../../../../../embedded/engine/server/record.ts";
import { scratchFolder } from "../scratch.ts";

const RECORD = {
  bootId: "boot",
  processId: 42,
  processStart: "1234",
  key: "0123456789abcdef",
  registry: "127.0.0.1:41234",
  network: {
    link: "slipway0",
    subnet: "10.213.0.0/30",
    hostAddress: "10.213.0.1",
    engineAddress: "10.213.0.2",
    containers: "10.87.0.0/16",
  },
  root: "/made/root/tree",
  programs: "/made/programs",
  scripts: "/made/scripts",
};

describe("parseRecord", () => {
  it("reads what was written", () => {
    expect(parseRecord(JSON.stringify(RECORD))).toEqual(RECORD);
    expect(parseRecord(JSON.stringify({ ...RECORD, bases: "abc" }))).toEqual({ ...RECORD, bases: "abc" });
  });

  it.each([
    { what: "an empty file", text: "" },
    { what: "half a record", text: JSON.stringify(RECORD).slice(0, 40) },
    { what: "a record without process", text: JSON.stringify({ ...RECORD, processId: undefined }) },
    { what: "a process number that means a group", text: JSON.stringify({ ...RECORD, processId: -1 }) },
    { what: "a record of another form", text: JSON.stringify({ ...RECORD, network: "slipway0" }) },
    { what: "no object", text: "null" },
  ])("takes $what for none", ({ text }) => {
    expect(parseRecord(text)).toBeUndefined();
  });
});

describe("writeRecord", () => {
  it("replaces the whole file and leaves no other", async () => {
    const folder = await scratchFolder();
    const file = path.join(folder, "servers.json");
    await writeFile(file, "old");
    await writeRecord(file, RECORD);
    expect(await readRecord(file)).toEqual(RECORD);
    expect(await readdir(folder)).toEqual(["servers.json"]);
    await removeRecord(file);
    expect(await readRecord(file)).toBeUndefined();
  });
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { saveDirectory, saveFile, saveText } from "../../../../embedded/cli/saved-output.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "slipway-output-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function tree(): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const pairs = files.map(async (file) => [path.relative(folder, file), await readFile(file, "utf8")] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

async function writeTree(target: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(target, name)), { recursive: true });
    await writeFile(path.join(target, name), text);
  }
}

describe("saveText", () => {
  it("makes missing folders and replaces what is there", async () => {
    await saveText(path.join(folder, "new/result.txt"), "one");
    await saveText(path.join(folder, "new/result.txt"), "two");
    expect(await tree()).toEqual({ "new/result.txt": "two" });
  });
});

describe("saveFile", () => {
  it("puts the file into a folder under its own name", async () => {
    const file = await saveFile(folder, "answer.txt", (unfinished) => writeFile(unfinished, "42"));
    expect(file).toBe(path.join(folder, "answer.txt"));
    expect(await tree()).toEqual({ "answer.txt": "42" });
  });

  it("leaves the old file and nothing half-written when the export fails", async () => {
    await saveText(path.join(folder, "result.txt"), "old");
    const failing = saveFile(path.join(folder, "result.txt"), "x", async (unfinished) => {
      await writeFile(unfinished, "ha");
      throw new Error("connection lost");
    });
    await expect(failing).rejects.toThrow("connection lost");
    expect(await tree()).toEqual({ "result.txt": "old" });
  });
});

describe("saveDirectory", () => {
  it("keeps what only the old directory has, and replaces the rest, also a file by a folder", async () => {
    const target = path.join(folder, "out");
    await writeTree(target, { "keep.txt": "kept", "a.txt": "old", "below/deep.txt": "old", changes: "a file" });
    await saveDirectory(target, (unfinished) =>
      writeTree(unfinished, {
        "a.txt": "new",
        "below/deep.txt": "new",
        "below/more.txt": "new",
        "changes/b.txt": "new",
      }),
    );
    expect(await tree()).toEqual({
      "out/keep.txt": "kept",
      "out/a.txt": "new",
      "out/below/deep.txt": "new",
      "out/below/more.txt": "new",
      "out/changes/b.txt": "new",
    });
  });

  it("makes nothing when the export fails", async () => {
    const failing = saveDirectory(path.join(folder, "out"), async (unfinished) => {
      await writeTree(unfinished, { "a.txt": "half" });
      throw new Error("disk full");
    });
    await expect(failing).rejects.toThrow("disk full");
    expect(await readdir(folder)).toEqual([]);
  });
});

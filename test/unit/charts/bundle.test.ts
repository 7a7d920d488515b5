import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { BUNDLE_FUNCTION, readBundle } from "../../../src/charts/bundle.ts";

describe("a bundle", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-bundle-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("brings back every file as it was", () => {
    const files = { "a.txt": "one\n", "dev/empty": "", "dev/no newline": "ä€ 12 x", "prod/z.yaml": "3 a.txt\none\n" };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    const text = execFileSync("sh", ["-c", `${BUNDLE_FUNCTION}\nbundle "$1"`, "sh", folder], { encoding: "utf8" });
    expect(Object.fromEntries(readBundle(text))).toEqual(files);
  });

  it("of nothing is empty", () => {
    expect(readBundle("").size).toBe(0);
  });

  it("is refused where it is none", () => {
    expect(() => readBundle("hello\n")).toThrow("no bundle: byte 0 of 6 starts no file");
  });
});

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
    expect(bundled('bundle "$1" ""')).toEqual(files);
    const parted = `bundle "$1/dev" "" ! -name empty; bundle "$1/prod" parts/; bundle "$1" "" -name "no file"`;
    expect(bundled(parted)).toEqual({ "no newline": files["dev/no newline"], "parts/z.yaml": files["prod/z.yaml"] });
  });

  it("of nothing is empty", () => {
    expect(readBundle("").size).toBe(0);
    expect(bundled('bundle "$1" ""')).toEqual({});
  });

  it("of a folder that is not there is a failure", () => {
    expect(() => bundled('bundle "$1/gone" "" || exit 1')).toThrow(/Command failed/);
  });

  it.each([
    ["hello\n", "no bundle: byte 0 of 6 lists no file"],
    ["1 a.txt", "no bundle: byte 0 of 7 lists no file"],
    ["1 a.txt\n", "no bundle: it ends before its files"],
    ["9 a.txt\n\nabc", "no bundle: a.txt ends before its 9 bytes"],
  ])("is refused where it is none: %j", (text, says) => {
    expect(() => readBundle(text)).toThrow(says);
  });

  function bundled(script: string): Record<string, string> {
    const words = ["-c", `${BUNDLE_FUNCTION}\n${script}`, "sh", folder];
    return Object.fromEntries(readBundle(execFileSync("sh", words, { encoding: "utf8", stdio: "pipe" })));
  }
});

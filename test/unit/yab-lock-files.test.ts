/** Holds the lock files of yab's backend to hashes, and to no address of a registry. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { lockedPackages, lockProblems, poetryLockProblems } from "./cleveragents/lock-files.ts";

const PACKAGE = path.resolve(import.meta.dirname, "../../docker/reference/yab/packages/backend");
const LOCKS = ["requirements-build.lock", "requirements-dev.lock"];

describe("the lock files of yab's backend", () => {
  it("are all that there are", () => {
    expect(readdirSync(PACKAGE).filter((name) => name.endsWith(".lock"))).toEqual(["poetry.lock", ...LOCKS]);
  });

  it.each(LOCKS)("%s holds exact versions and hashes, and no address", (file) => {
    expect(lockProblems(read(file))).toEqual([]);
    expect(lockedPackages(read(file)).length).toBeGreaterThan(10);
  });

  it("poetry.lock holds hashes, no address and no other source", () => {
    expect(poetryLockProblems(read("poetry.lock"))).toEqual([]);
  });

  it("lock for the tests what Poetry locks for the image", () => {
    const tested = lockedPackages(read("requirements-dev.lock")).map(({ name, version }) => `${name}==${version}`);
    const locked = [...read("poetry.lock").matchAll(/^name = "([^"]+)"\nversion = "([^"]+)"$/gm)];
    const wanted = locked.map(([, name = "", version = ""]) => `${name.toLowerCase()}==${version}`);
    expect(wanted.length).toBeGreaterThan(10);
    expect(tested.filter((each) => !wanted.includes(each))).toEqual([]);
  });
});

describe("poetryLockProblems", () => {
  const hash = `sha256:${"0a".repeat(32)}`;
  const locked = (file: string, more = "") => `# comment\n[[package]]\nname = "a"\nfiles = [\n${file}]\n${more}`;
  const whole = `    {file = "a-1-py3-none-any.whl", hash = "${hash}"},\n`;
  const elsewhere = "https://example.org/simple";

  it("takes a package with files and hashes", () => {
    expect(poetryLockProblems(locked(whole))).toEqual([]);
  });

  it.each([
    { text: locked(""), problems: ["a has no file"] },
    { text: locked('    {file = "a-1-py3-none-any.whl"},\n'), problems: ["a has a file without a hash"] },
    {
      text: locked(whole, `\n[package.source]\ntype = "legacy"\nurl = "${elsewhere}"\nreference = "mirror"\n`),
      problems: ["a has a source of its own", `a names ${elsewhere}`],
    },
    {
      text: locked(`    {file = "a-1-py3-none-any.whl", url = "${elsewhere}/a.whl", hash = "${hash}"},\n`),
      problems: [`a names ${elsewhere}/a.whl`],
    },
  ])("finds: $problems", ({ text, problems }) => {
    expect(poetryLockProblems(text)).toEqual(problems);
  });

  it("refuses a lock without any package", () => {
    expect(() => poetryLockProblems("# comment\n")).toThrow("no package is locked");
  });
});

function read(file: string): string {
  return readFileSync(path.join(PACKAGE, file), "utf8");
}

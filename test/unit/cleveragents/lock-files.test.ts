import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { lockedPackages, lockProblems, requirements } from "./lock-files.ts";

const PACKAGE = path.resolve(import.meta.dirname, "../../../docker/reference/cleveragents");
const LOCKS = ["requirements-build.lock", "requirements-dev.lock", "requirements.lock"];
const pyproject = read("pyproject.toml");

describe("the lock files of cleveragents", () => {
  it("are all that there are", () => {
    expect(readdirSync(PACKAGE).filter((name) => name.endsWith(".lock"))).toEqual(LOCKS);
  });

  it.each(LOCKS)("%s holds exact versions and hashes, and no address", (file) => {
    expect(lockProblems(read(file))).toEqual([]);
  });

  it("lock what pyproject.toml asks for, in the versions that it names", () => {
    const asked = { run: requirements(pyproject, "dependencies"), test: requirements(pyproject, "dev") };
    expect(asked.run.length).toBeGreaterThan(0);
    expect(missing(asked.run, "requirements.lock")).toEqual([]);
    expect(missing([...asked.run, ...asked.test], "requirements-dev.lock")).toEqual([]);
    expect(missing([...asked.run, "click==1.0.0"], "requirements.lock")).toEqual(["click==1.0.0"]);
  });

  it("lock for the tests what the image has, and nothing of the tests for the image", () => {
    const tested = lockedPackages(read("requirements-dev.lock"));
    const shipped = lockedPackages(read("requirements.lock"));
    for (const each of shipped) expect(tested).toContainEqual(each);
    const tools = requirements(pyproject, "dev").map((tool) => tool.split("==")[0]);
    expect(shipped.filter(({ name }) => tools.includes(name))).toEqual([]);
  });

  it("S-08, S-105, X-14: lock uv in the version 0.8.0, which builds the wheel with what it has in it", () => {
    const locked = lockedPackages(read("requirements-build.lock")).map(({ name, version }) => `${name}==${version}`);
    expect(locked).toEqual(["uv==0.8.0"]);
    expect(requirements(pyproject, "requires")).toEqual(["uv_build==0.8.0"]);
  });

  it("S-77: belong to tests that fail below 97 % coverage, and on a warning", () => {
    expect(pyproject).toMatch(/^\[tool\.coverage\.report\]\nfail_under = 97$/m);
    expect(pyproject).toMatch(/^addopts = "--cov /m);
    expect(pyproject).toMatch(/^filterwarnings = \["error"\]$/m);
  });
});

describe("lockProblems", () => {
  const hash = `sha256:${"0a".repeat(32)}`;

  it("takes a marker and several hashes", () => {
    const text = `# a comment\na==1.0 ; sys_platform == 'win32' \\\n    --hash=${hash} \\\n    --hash=${hash}\nb==2 --hash=${hash}\n`;
    expect(lockProblems(text)).toEqual([]);
    expect(lockedPackages(text)[0]).toEqual({ name: "a", version: "1.0", hashes: [hash, hash] });
  });

  it.each([
    { text: "a==1.0\n", problem: "a has no hash" },
    { text: `a==1.0 --hash=md5:00\n`, problem: "a has a hash of another form" },
    { text: `a==1.0 --hash=${hash}\na==1.1 --hash=${hash}\n`, problem: "a stands there twice" },
    { text: `# from https://example.org/simple\na==1.0 --hash=${hash}\n`, problem: "names https://example.org/simple" },
  ])("finds: $problem", ({ text, problem }) => {
    expect(lockProblems(text)).toEqual([problem]);
  });

  it.each(["a>=1.0", "a", "--index-url https://example.org/simple", "a @ https://example.org/a.whl"])(
    "refuses %s, which is no exact version",
    (line) => {
      expect(() => lockedPackages(`${line}\n`)).toThrow(`no exact version: ${line}`);
    },
  );
});

function missing(asked: readonly string[], file: string): readonly string[] {
  const locked = lockedPackages(read(file)).map(({ name, version }) => `${name}==${version}`);
  return asked.filter((requirement) => !locked.includes(requirement));
}

function read(file: string): string {
  return readFileSync(path.join(PACKAGE, file), "utf8");
}

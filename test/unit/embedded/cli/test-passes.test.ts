import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { ALWAYS, keepPasses, passNames, readPasses, readTestInputs } from "../../../../embedded/cli/test-passes.ts";

const MACHINE = { node: "v20.0.0" };
const CHARTS = "test/e2e/charts.test.ts";
const CLUSTER = "test/e2e/cluster.test.ts";
const FILES = {
  "src/index.ts": "one",
  "docs/usage.md": "one",
  "docs/getting-started/platform.yaml": "one",
  "README.md": "one",
  "charts/app/values.yaml": "one",
  "test/unit/a.test.ts": "one",
  "test/e2e/support/slipway.ts": "one",
  [CHARTS]: "one",
  [CLUSTER]: "two",
};
const DAY_MS = 24 * 60 * 60 * 1000;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-passes-"));
  folders.push(folder);
  return folder;
}

function write(root: string, name: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), content);
}

function git(root: string, ...words: string[]): void {
  execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@slipway.invalid", ...words], {
    cwd: root,
    env: { ...process.env, GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z", GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z" },
  });
}

function commitAll(root: string): void {
  git(root, "add", ".");
  git(root, "commit", "--quiet", "--message", "a change");
}

function checkout(): string {
  const root = temporaryFolder();
  git(root, "init", "--quiet");
  for (const [name, content] of Object.entries(FILES)) write(root, name, content);
  write(root, ".gitignore", "node_modules\n");
  commitAll(root);
  return root;
}

async function namesIn(root: string, machine: unknown = MACHINE): Promise<Map<string, string>> {
  return passNames(await readTestInputs(root), machine);
}

describe("passNames", () => {
  it("names every end-to-end test file, each otherwise, and the same in two checkouts", async () => {
    const names = await namesIn(checkout());
    expect([...names.keys()]).toEqual([CHARTS, CLUSTER]);
    expect(new Set(names.values()).size).toBe(2);
    expect(await namesIn(checkout())).toEqual(names);
  });

  it.each([
    ["a source", "src/index.ts"],
    ["a chart", "charts/app/values.yaml"],
    ["what tests have in common", "test/e2e/support/slipway.ts"],
    ["a document that is a test's input", "docs/getting-started/platform.yaml"],
    ["a file that is new", "src/new.ts"],
  ])("names all otherwise when this is changed: %s", async (_what, file) => {
    const root = checkout();
    const before = await namesIn(root);
    write(root, file, "changed");
    const after = await namesIn(root);
    for (const test of [CHARTS, CLUSTER]) expect(after.get(test)).not.toBe(before.get(test));
  });

  it.each(["docs/usage.md", "README.md", "test/unit/a.test.ts", "test/bench/new.ts", "node_modules/x/index.js"])(
    "names all the same when this is changed: %s",
    async (file) => {
      const root = checkout();
      const before = await namesIn(root);
      write(root, file, "changed");
      expect(await namesIn(root)).toEqual(before);
    },
  );

  it("names one otherwise when it alone is changed", async () => {
    const root = checkout();
    const before = await namesIn(root);
    write(root, CLUSTER, "changed");
    const after = await namesIn(root);
    expect(after.get(CHARTS)).toBe(before.get(CHARTS));
    expect(after.get(CLUSTER)).not.toBe(before.get(CLUSTER));
  });

  it("tells a file that is gone from one that is there, and one that can be run from one that cannot", async () => {
    const root = checkout();
    const names = [await namesIn(root)];
    chmodSync(path.join(root, "src/index.ts"), 0o755);
    names.push(await namesIn(root));
    rmSync(path.join(root, "src/index.ts"));
    names.push(await namesIn(root));
    expect(new Set(names.map((each) => each.get(CHARTS))).size).toBe(3);
  });

  it("tells histories of what is released apart, and none of anything else", async () => {
    const root = checkout();
    const before = await namesIn(root);
    write(root, "docs/usage.md", "changed");
    commitAll(root);
    expect(await namesIn(root)).toEqual(before);
    write(root, "charts/app/values.yaml", "changed");
    commitAll(root);
    write(root, "charts/app/values.yaml", "one");
    commitAll(root);
    expect((await namesIn(root)).get(CHARTS)).not.toBe(before.get(CHARTS));
  });

  it("tells machines apart", async () => {
    const root = checkout();
    expect(await namesIn(root, { node: "v24.0.0" })).not.toEqual(await namesIn(root));
  });

  it("names nothing where there is no history", async () => {
    const root = temporaryFolder();
    write(root, CHARTS, "one");
    expect(await namesIn(root)).toEqual(new Map());
  });
});

describe("keepPasses", () => {
  const names = new Map([
    [CHARTS, "aa"],
    [CLUSTER, "bb"],
  ]);
  const passed = { passed: 3, hasFailed: false, skipped: ["e2e: one"] };
  const now = Date.parse("2026-01-10T00:00:00Z");

  it("keeps what has passed, and readPasses gives it for a week", async () => {
    const folder = temporaryFolder();
    await keepPasses(folder, names, new Map([[CHARTS, passed]]), now);
    const kept = new Map([[CHARTS, { passed: 3, skipped: ["e2e: one"], at: "2026-01-10T00:00:00.000Z" }]]);
    expect(await readPasses(folder, names, now + 6 * DAY_MS)).toEqual(kept);
    expect(await readPasses(folder, names, now + 8 * DAY_MS)).toEqual(new Map());
    expect(await readPasses(folder, new Map([[CHARTS, "other"]]), now)).toEqual(new Map());
  });

  it.each([
    ["has failed", { ...passed, hasFailed: true }],
    ["ran no test", { ...passed, passed: 0 }],
  ])("keeps no file that %s", async (_what, count) => {
    const folder = temporaryFolder();
    await keepPasses(folder, names, new Map([[CHARTS, count]]), now);
    expect(await readPasses(folder, names, now)).toEqual(new Map());
  });

  it("keeps no file that was changed while it ran, which has no name any more", async () => {
    const folder = temporaryFolder();
    await keepPasses(folder, new Map([[CLUSTER, "bb"]]), new Map([[CHARTS, passed]]), now);
    expect(await readdir(folder)).toEqual([]);
  });

  it("removes passes that no longer count", async () => {
    const folder = temporaryFolder();
    await keepPasses(folder, names, new Map([[CHARTS, passed]]), now);
    utimesSync(path.join(folder, "aa.json"), 0, (now - 8 * DAY_MS) / 1000);
    await keepPasses(folder, names, new Map([[CLUSTER, passed]]), now);
    expect(await readdir(folder)).toEqual(["bb.json"]);
  });
});

describe("readPasses", () => {
  it("gives none of the main job, and none that it cannot read", async () => {
    const folder = temporaryFolder();
    const now = Date.now();
    const names = new Map([...ALWAYS, CHARTS].map((file, index) => [file, `n${index}`] as const));
    const pass = JSON.stringify({ passed: 1, skipped: [], at: new Date(now).toISOString() });
    for (const name of names.values()) writeFileSync(path.join(folder, `${name}.json`), pass);
    expect([...(await readPasses(folder, names, now)).keys()]).toEqual([CHARTS]);
    writeFileSync(path.join(folder, `${names.get(CHARTS) ?? ""}.json`), pass.slice(0, 9));
    expect(await readPasses(folder, names, now)).toEqual(new Map());
  });
});

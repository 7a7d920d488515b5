/** The bootstrap, in a project of its own, with an npm that only counts how often it was called. */
import { spawn } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

const START = path.resolve(import.meta.dirname, "../../../../embedded/start.mjs");

/** Installs a tsx whose only skill is to load .ts files as they are, and writes npm's own list last. */
const NPM = `#!/bin/sh
echo run >> "$COUNT"
[ -n "$NPM_FAILS" ] && { echo "no network"; exit 1; }
rm -rf node_modules; mkdir -p node_modules/tsx/esm
[ -n "$NPM_SLEEPS" ] && sleep "$NPM_SLEEPS"
cat > node_modules/tsx/package.json <<'J'
{ "name": "tsx", "type": "module", "exports": { "./esm/api": "./esm/api.js" } }
J
cat > node_modules/tsx/esm/api.js <<'J'
import module from "node:module";
const load = "export const load = async (url, context, next) => next(url, url.endsWith('.ts') ? { ...context, format: 'module' } : context)";
export const register = () => module.register("data:text/javascript," + encodeURIComponent(load));
J
cp package-lock.json node_modules/.package-lock.json
`;

type Ended = { code: number | null; output: string };

let project: string;
beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "slipway-start-"));
  await mkdir(path.join(project, "embedded"));
  await mkdir(path.join(project, "bin"));
  await copyFile(START, path.join(project, "embedded/start.mjs"));
  await writeFile(
    path.join(project, "embedded/main.ts"),
    "export const main = async (words) => console.log(JSON.stringify(words));\n",
  );
  await writeFile(path.join(project, "package.json"), '{ "type": "module" }');
  await writeLock("1.0.0");
  await writeFile(path.join(project, "bin/npm"), NPM);
  await chmod(path.join(project, "bin/npm"), 0o755);
});
afterEach(async () => {
  await rm(project, { recursive: true });
});

async function writeLock(version: string): Promise<void> {
  await writeFile(
    path.join(project, "package-lock.json"),
    JSON.stringify({ packages: { "": {}, "node_modules/tsx": { version } } }),
  );
}

function begin(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [path.join(project, "embedded/start.mjs"), ...words], {
    env: {
      PATH: `${path.join(project, "bin")}:${process.env.PATH ?? ""}`,
      SLIPWAY_CACHE: path.join(project, "cache"),
      COUNT: path.join(project, "count"),
      ...variables,
    },
  });
  const output: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, output: output.join("").replace(/\d+\.\d s/g, "N s") });
    });
  });
  return { child, ended };
}

async function start(words: readonly string[] = [], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return begin(words, variables).ended;
}

async function installs(): Promise<number> {
  const text = await readFile(path.join(project, "count"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

const INSTALLED = "installing the project's packages (npm ci) ...\npackages installed (N s)\n";

describe("start.mjs", () => {
  it("installs once, and again when the lock file changes", async () => {
    expect(await start(["--", "a", "--b"])).toEqual({ code: 0, output: `${INSTALLED}["a","--b"]\n` });
    expect(await start()).toEqual({ code: 0, output: "[]\n" });
    await writeLock("1.0.1");
    expect(await start()).toEqual({ code: 0, output: `${INSTALLED}[]\n` });
    expect(await installs()).toBe(2);
  });

  it("accepts what npm itself has installed", async () => {
    await start();
    await rm(path.join(project, "node_modules/.slipway-install"));
    expect(await start()).toEqual({ code: 0, output: "[]\n" });
    expect(await installs()).toBe(1);
  });

  it("installs once for runs that start at the same time", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => start([], { NPM_SLEEPS: "1" })));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await installs()).toBe(1);
  });

  it("says what npm said when the install fails, and tries again the next time", async () => {
    expect(await start([], { NPM_FAILS: "1" })).toEqual({
      code: 3,
      output:
        "installing the project's packages (npm ci) ...\n[infra] npm ci failed with exit code 1:\nno network\n\n" +
        "Next: mend what npm says, then start again\n",
    });
    expect(await start()).toMatchObject({ code: 0 });
  });

  it.each([
    { signal: "SIGTERM", code: 143 },
    { signal: "SIGINT", code: 130 },
  ] as const)("ends npm on $signal, and installs again the next time", async ({ signal, code }) => {
    const { child, ended } = begin([], { NPM_SLEEPS: "30" });
    while ((await installs()) === 0) {
      await wait(20);
    }
    child.kill(signal);
    expect(await ended).toMatchObject({ code });
    expect(await start()).toEqual({ code: 0, output: `${INSTALLED}[]\n` });
  });

  it("takes over from a run that was killed", async () => {
    // The next run must have started before this one's npm ends.
    const { child, ended } = begin([], { NPM_SLEEPS: "5" });
    while ((await installs()) === 0) {
      await wait(20);
    }
    child.kill("SIGKILL");
    await ended;
    const { code, output } = await start();
    expect(code).toBe(0);
    expect(output).toMatch(/^waiting for another run/);
  });
});

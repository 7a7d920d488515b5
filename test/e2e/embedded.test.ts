import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { ROOT } from "./support/slipway.ts";

const run = promisify(execFile);
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** How a run of `npm start` ended, and all that it said. */
type Ended = { readonly code: number | null; readonly text: string; readonly seconds: number };

let cache: string;
/** Links of engines that run besides the test's, such as the runner's own. */
let others: ReadonlySet<string>;

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), "slipway-cache-"));
  others = new Set(await engineLinks());
});

afterEach(async () => {
  await start(["embedded:down"]).ended;
  await rm(cache, { recursive: true, force: true });
});

/** Runs start.mjs in the test's own cache folder, below another command if one is given. */
function start(words: readonly string[], below: readonly string[] = []) {
  const [program = "", ...rest] = [...below, process.execPath, path.join(ROOT, "embedded/start.mjs"), ...words];
  const environment = { ...process.env, SLIPWAY_CACHE: cache, SLIPWAY_ENGINE: "embedded", INIT_CWD: ROOT };
  const child = spawn(program, rest, { cwd: ROOT, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const began = performance.now();
  let text = "";
  const hear = (data: Buffer) => (text += data.toString());
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => {
      resolve({ code, text, seconds: (performance.now() - began) / 1000 });
    }),
  );
  return { child, ended, said: (part: string) => until(child, part, () => text) };
}

async function until(child: ChildProcess, part: string, text: () => string): Promise<void> {
  for (let tries = 0; tries < 1200 && !text().includes(part); tries++) {
    if (child.exitCode !== null) throw new Error(`ended before it said "${part}":\n${text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Everything that a run in the test's cache folder has left: processes, mounts, links and unfinished things. */
async function leftovers(): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  const mounts = await readFile("/proc/mounts", "utf8");
  const links = (await engineLinks()).filter((link) => !others.has(link));
  const made = await readdir(path.join(cache, "embedded/made")).catch(() => []);
  return [
    ...stdout.split("\n").filter((line) => line.includes(cache)),
    ...mounts.split("\n").filter((line) => line.includes(cache)),
    ...links,
    ...made.filter((name) => name.startsWith(".")),
  ];
}

async function engineLinks(): Promise<string[]> {
  return (await readdir("/sys/class/net")).filter((link) => link.startsWith("slipway"));
}

/** Gives the test's cache the programs and bases that the runner's cache has, so that only engine and state are new. */
async function borrowParts(): Promise<void> {
  await mkdir(path.join(cache, "embedded"));
  const made = path.join(cacheRoot(process.env), "embedded/made");
  await run("cp", ["-al", made, path.join(cache, "embedded/made")]);
}

describe.skipIf(!embedded)("the embedded engine (embedded mode only: elsewhere the SDK provisions one)", () => {
  it("stays up after a run, is found by the next one, and is stopped by embedded:down", async () => {
    await borrowParts();
    const first = await start(["versions"]).ended;
    expect(first.text).toContain("npm run embedded:down");
    const second = await start(["versions"]).ended;
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.text).not.toContain("npm run embedded:down");
    expect((await start(["embedded:down"]).ended).text).toContain("the embedded engine is stopped");
    expect(await leftovers()).toEqual([]);
    expect((await start(["embedded:down"]).ended).text).toContain("no embedded engine was running");
  });

  it("is stopped with everything in it when the run that started it is interrupted", async () => {
    await borrowParts();
    const building = start(["build-all"]);
    await building.said("npm run embedded:down");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    building.child.kill("SIGINT");
    const { code, text } = await building.ended;
    expect(code, text).toBe(130);
    expect(await leftovers()).toEqual([]);
  });

  it("leaves nothing half-made when it is interrupted while its parts are made", async () => {
    const making = start(["build-all"]);
    await making.said("Debian");
    await new Promise((resolve) => setTimeout(resolve, 5000));
    making.child.kill("SIGTERM");
    const { code, text } = await making.ended;
    expect(code, text).toBe(143);
    expect(await leftovers()).toEqual([]);
  });

  it("refuses a disk without room before it makes anything, and says how much is needed", async () => {
    const onSmallDisk = [
      "unshare",
      "--mount",
      "sh",
      "-ec",
      'mount -t tmpfs -o size=300m none "$SLIPWAY_CACHE"; exec "$@"',
      "sh",
    ];
    const { code, text } = await start(["build-all"], onSmallDisk).ended;
    expect(code, text).toBe(3);
    expect(text).toMatch(/\[infra\][^]*\d+(\.\d+)? GiB/);
    expect(await leftovers()).toEqual([]);
  });
});

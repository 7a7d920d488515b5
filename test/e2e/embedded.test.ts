import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { makeOnce } from "../../embedded/engine/cache.ts";
import { cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { nextStepFor } from "../../embedded/engine/next-step.ts";
import { inPrivateRoot, machine, makingAt, programsWithout, smallDisk } from "./support/embedded-machine.ts";
import { ROOT } from "./support/slipway.ts";

const run = promisify(execFile);
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** How a run of `npm start` ended, and all that it said. */
type Ended = { readonly code: number | null; readonly text: string; readonly seconds: number };

let cache: string;
/** What the machine had before the test, engines that run besides the test's included. */
let before: ReadonlySet<string>;

beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), "slipway-cache-"));
  // Reading the module's functions takes seconds, and is none of what is tested here.
  const surface = path.join(cacheRoot(process.env), "surface");
  if (existsSync(surface)) await run("cp", ["-a", surface, cache]);
  before = new Set(await machine());
});

afterEach(async () => {
  await start(["embedded:down"]).ended;
  await rm(cache, { recursive: true, force: true });
});

/** Runs start.mjs in the test's own cache folder, below another command and with other variables if some are given. */
function start(words: readonly string[], below: readonly string[] = [], variables: NodeJS.ProcessEnv = {}) {
  const [program = "", ...rest] = [...below, process.execPath, path.join(ROOT, "embedded/start.mjs"), ...words];
  const environment = {
    ...process.env,
    SLIPWAY_CACHE: cache,
    SLIPWAY_ENGINE: "embedded",
    INIT_CWD: ROOT,
    ...variables,
  };
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

/** Everything that a run in the test's cache folder has left or changed: processes, mounts, the machine, unfinished things. */
async function leftovers(): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  const mounts = await readFile("/proc/mounts", "utf8");
  const made = await readdir(path.join(cache, "embedded/made")).catch(() => []);
  return [
    ...stdout.split("\n").filter((line) => line.includes(cache)),
    ...mounts.split("\n").filter((line) => line.includes(cache)),
    ...(await machine()).filter((line) => !before.has(line)),
    ...made.filter((name) => name.startsWith(".")),
  ];
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
    // What must be gone afterwards is seen as long as it is there.
    const there = [/^-A POSTROUTING .*slipway/, /^-A FORWARD .*slipway/, /^slipway/, /slipway-cache-\w+\/embedded/];
    expect(await leftovers()).toEqual(
      expect.arrayContaining(there.map((part): unknown => expect.stringMatching(part))),
    );
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

  it("is stopped by Ctrl-C under npm start while it starts, which all of its processes get at once", async () => {
    await borrowParts();
    // A session of its own stands for a terminal; the words that follow are those of the command without npm.
    const starting = start([], ["setsid", "sh", "-c", "exec npm start --silent -- versions"]);
    await starting.said("starting the engine and the registry");
    process.kill(-(starting.child.pid ?? 0), "SIGINT");
    const { code, text } = await starting.ended;
    expect(code, text).not.toBe(0);
    expect(text).toContain("SIGINT: stopping ...");
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

  it("turns the machine's forwarding off again with the last engine that needs it, also after one was killed", async () => {
    const script = await readFile(path.join(ROOT, "test/e2e/scripts/forwarding.sh"), "utf8");
    const seen = (await inPrivateRoot(["--net"], script)).trim().split("\n");
    expect(seen).toEqual([
      "one engine: 1, 4 rules",
      "another engine: 1, 8 rules",
      "the first one stopped: 1, 4 rules",
      "both stopped: 0, 0 rules",
      "one killed: 1, 4 rules",
      "the one after it stopped: 0, 3 rules",
      "the killed one taken back: 0, 0 rules",
      "one engine where packets were forwarded before: 1, 0 rules",
    ]);
  });

  it("shows what openssl said when there is no certificate", async () => {
    const planted = `mkdir /tmp/bin; printf '#!/bin/sh\\necho no entropy >&2\\nexit 1\\n' > /tmp/bin/openssl; chmod +x /tmp/bin/openssl`;
    const addresses = "slipway0f 10.213.1.0/30 10.213.1.1 10.213.1.2 10.87.0.0/16 5999 registry.invalid";
    const serve = `PATH=/tmp/bin:$PATH sh /opt/slipway/scripts/serve.sh ${addresses} 2>&1 || echo "exit code $?"`;
    const seen = await inPrivateRoot(["--net"], `mount -t sysfs none /sys; ${planted}; ${serve}`);
    expect(seen.trim().split("\n").slice(-2)).toEqual(["no entropy", "exit code 1"]);
  });

  it("names the disk that fills up while a part is made, and what to do, and leaves nothing half-made", async () => {
    const disk = await smallDisk(cache);
    try {
      const { making, fill } = makingAt(disk.folder);
      const full = (how: string) => makeOnce(making, { name: how, inputs: how, label: `part by ${how}` }, fill(how));
      const room = { program: "sh", folder: disk.folder };
      expect(await nextStepFor(room, making), "as long as there is room").toMatch(/^mend what/);
      await expect(full("command")).rejects.toThrow(
        /^\[infra\] filling the disk failed: [^]*\nNext: the disk is full at \/proc\S+\/\.making-command-\S+: free some space/,
      );
      expect(await readdir(making.cache.made)).toEqual([]);
      await expect(full("write")).rejects.toThrow(
        /^\[infra\] part by write failed: no space [^]*\nNext: the disk is full at \/proc\S+\/\.making-write-\S+: free some space/,
      );
      expect(await readdir(making.cache.made)).toEqual([]);
    } finally {
      disk.unmount();
    }
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

  it("refuses a machine without Go, and a user that is not root, before it makes anything, and names the alternatives", async () => {
    const programs = await mkdtemp(path.join(tmpdir(), "slipway-programs-"));
    await programsWithout("go", programs);
    const withoutGo = await start(["build-all"], [], { PATH: programs }).ended;
    await rm(programs, { recursive: true });
    await chmod(cache, 0o777);
    // The checkout may lie where only root reads.
    const read = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"];
    const asUser = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", ...read];
    const notRoot = await start(["build-all"], asUser).ended;
    for (const [{ code, text }, reason] of [
      [withoutGo, "  - Go 1.26 or newer is needed; there is no go on PATH"],
      [notRoot, "  - it must be run by root (uid 0), since it mounts and makes namespaces; this is uid 1000"],
    ] as const) {
      expect(code, text).toBe(3);
      expect(text).toContain("[infra] this machine cannot run the embedded engine:\n");
      expect(text.split("\n")).toContain(reason);
      expect(text).toMatch(/\nNext: mend what is listed; or start a container runtime .*`dagger call`.*SLIPWAY_ENGINE/);
    }
    // Go keeps its own settings there as soon as it is asked for its version.
    const kept = await readdir(path.join(cache, "embedded")).catch(() => []);
    expect(kept.filter((name) => name !== "go")).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });
});

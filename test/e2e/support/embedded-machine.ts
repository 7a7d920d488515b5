/** The machine that embedded mode runs on, as a test sees it: what an engine could change there, a small disk, fewer programs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";

import { cachePaths, cacheRoot } from "../../../embedded/engine/cache-paths.ts";
import type { Making } from "../../../embedded/engine/making.ts";
import { NEEDED_PROGRAMS } from "../../../embedded/engine/preflight.ts";
import { childEnvironment, runCommand } from "../../../embedded/engine/run.ts";
import { ROOT } from "./slipway.ts";

const run = promisify(execFile);

const LIST_RULES = ['"$tables" iptables -w -S', '"$tables" iptables -w -t nat -S'];

/** A little more than the room below which a disk counts as full. */
const MEBIBYTES_OF_DISK = 260;

/** What an engine could change on the machine: files, links, control groups, firewall rules and forwarding, a line each. */
export async function machine(): Promise<string[]> {
  const { stdout: files } = await run("find", ["/usr/bin", "/etc", "/opt", "-printf", "%p %y %m %s %T@ %l\n"], {
    maxBuffer: 2 ** 26,
  });
  const { stdout: groups } = await run("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", "slipway*"]);
  const rules = await inPrivateRoot([], [". /opt/slipway/scripts/network.sh", ...LIST_RULES].join("\n"));
  const links = await readdir("/sys/class/net");
  return [
    ...files.split("\n"),
    ...groups.split("\n"),
    ...rules.split("\n").filter((line) => line.includes("slipway")),
    ...links.filter((link) => link.startsWith("slipway")),
    `forwarding ${await readFile("/proc/sys/net/ipv4/ip_forward", "utf8")}`,
  ];
}

/** Runs a script where an engine runs, with the tools that it has, on the machine or in further namespaces of its own. */
export async function inPrivateRoot(namespaces: readonly string[], script: string): Promise<string> {
  const made = path.join(cacheRoot(process.env), "embedded/made");
  const root = (await readdir(made)).filter((name) => name.startsWith("root-")).at(-1) ?? "no root was made";
  const state = await mkdtemp(path.join(tmpdir(), "slipway-state-"));
  for (const folder of ["mount", "config", "logs", "run", "tmp", "engine", "registry"]) {
    await mkdir(path.join(state, folder));
  }
  const scripts = path.join(ROOT, "embedded/engine/scripts");
  const enter = [path.join(scripts, "enter.sh"), path.join(made, root, "tree"), scripts, state, "sh", "-euc", script];
  const unshare = [...namespaces, "--mount", "--pid", "--fork", "--kill-child", "--", "sh", ...enter];
  try {
    return (await run("unshare", unshare)).stdout;
  } finally {
    await rm(state, { recursive: true });
  }
}

/** What makes parts at a folder, and two ways of making one that is larger than the disk: by a command, and by this process. */
export function makingAt(folder: string) {
  const places = cachePaths(folder);
  const making: Making = {
    cache: places,
    progress: { step: () => undefined, done: () => undefined },
    environment: childEnvironment({ ...process.env, TMPDIR: places.temporary }),
    signal: new AbortController().signal,
    architecture: { name: "amd64", npm: "x64" },
  };
  const script = `head -c ${MEBIBYTES_OF_DISK + 1}M /dev/zero > part`;
  const mebibyte = Buffer.alloc(2 ** 20);
  const chunks = Array.from({ length: MEBIBYTES_OF_DISK + 1 }, () => mebibyte);
  const fill = (how: string) => async (unfinished: string) => {
    if (how === "command") {
      await runCommand(making, {
        step: "filling the disk",
        program: "sh",
        arguments: ["-c", script],
        folder: unfinished,
      });
    } else {
      await writeFile(path.join(unfinished, "part"), Readable.from(chunks));
    }
  };
  return { making, fill };
}

/** Puts a small disk of the test's own, empty, onto a folder; it is seen through the process that has it mounted; it ends with that process. */
export async function smallDisk(cache: string) {
  const script = `mount -t tmpfs -o size=${MEBIBYTES_OF_DISK}m none "$CACHE"; echo mounted; exec sleep infinity`;
  const environment = { ...process.env, CACHE: cache };
  const holder = spawn("unshare", ["--mount", "sh", "-ec", script], { env: environment });
  await once(holder.stdout, "data");
  return { folder: `/proc/${holder.pid ?? 0}/root${cache}`, unmount: () => holder.kill() };
}

/** Makes a folder that has all programs that embedded mode needs, without one of them. */
export async function programsWithout(program: string, folder: string): Promise<void> {
  const folders = (childEnvironment(process.env).PATH ?? "").split(":");
  for (const name of NEEDED_PROGRAMS.filter((each) => each !== program)) {
    for (const place of folders.map((each) => path.join(each, name))) {
      const found = await access(place, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) {
        await symlink(place, path.join(folder, name));
        break;
      }
    }
  }
}

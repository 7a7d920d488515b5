/** Runs on a bare checkout: checks Node, installs the packages of package-lock.json where they are not, starts main.ts. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;
const INFRA = 3;
const WAIT_MINUTES = 15;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const lockFile = path.join(root, "package-lock.json");
const packages = path.join(root, "node_modules");
const stamp = path.join(packages, ".slipway-install");
const installLock = path.join(cacheFolder(), `install-${hashOf(root).slice(0, 16)}`);

checkNode();
await installPackages();
const { register } = await import("tsx/esm/api");
register({ tsconfig: path.join(root, "tsconfig.json") });
const { main } = await import("./main.ts");
const words = process.argv.slice(2);
await main(words[0] === "--" ? words.slice(1) : words);

function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    fail(`Node ${process.versions.node} is too old`, `install Node ${OLDEST_NODE} or newer (nodejs.org)`);
  }
}

function cacheFolder() {
  const { SLIPWAY_CACHE, XDG_CACHE_HOME } = process.env;
  return path.resolve(SLIPWAY_CACHE || path.join(XDG_CACHE_HOME || path.join(homedir(), ".cache"), "slipway"));
}

function hashOf(content) {
  return createHash("sha256").update(content).digest("hex");
}

/** Installs unless the packages are those of the lock file. One run at a time installs; the others wait for it. */
async function installPackages() {
  const wanted = hashOf(await readFile(lockFile));
  if (await isInstalled(wanted)) {
    return;
  }
  await takeLock();
  try {
    if (!(await isInstalled(wanted))) {
      await install(wanted);
    }
  } finally {
    await rm(installLock, { recursive: true, force: true });
  }
}

async function isInstalled(wanted) {
  const found = await readFile(stamp, "utf8").catch(() => "");
  return found.trim() === wanted;
}

/** The stamp goes first and comes back last, so that an interrupted install is done again. */
async function install(wanted) {
  if (await npmInstalledAll()) {
    await writeFile(stamp, `${wanted}\n`);
    return;
  }
  console.error("installing the project's packages (npm ci) ...");
  const began = performance.now();
  await rm(stamp, { force: true });
  const { code, signal, output } = await npmCi();
  if (signal !== null) {
    await rm(installLock, { recursive: true, force: true });
    console.error(`stopped by ${signal}`);
    process.exit(signal === "SIGINT" ? 130 : 143);
  }
  if (code !== 0) {
    await rm(installLock, { recursive: true, force: true });
    fail(`npm ci failed with exit code ${code}:\n${output}`, "mend what npm says, then start again");
  }
  await writeFile(stamp, `${wanted}\n`);
  console.error(`packages installed (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

/** npm writes its own list last, so a list that equals the lock file means that `npm ci` or `npm install` was here. */
async function npmInstalledAll() {
  const list = path.join(packages, ".package-lock.json");
  if (!existsSync(list)) {
    return false;
  }
  const [wanted, installed] = await Promise.all(
    [lockFile, list].map(async (file) => JSON.parse(await readFile(file, "utf8")).packages),
  );
  return Object.entries(wanted).every(
    ([place, { version, optional }]) =>
      place === "" || installed[place]?.version === version || (optional && !(place in installed)),
  );
}

/** Ends with a signal that this process gets, so that no npm is left behind. */
function npmCi() {
  return new Promise((resolve) => {
    let output = "";
    let stoppedBy = null;
    let child;
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.on(signal, () => {
        stoppedBy = signal;
        process.kill(-child.pid, "SIGTERM");
      });
    }
    child = spawn("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, detached: true, stdio: "pipe" });
    // Should this process be killed, npm goes on for a while, and its number keeps the lock from looking abandoned.
    writeFileSync(path.join(installLock, "owner"), `${process.pid} ${child.pid ?? ""}`);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-4000)));
    }
    child.once("error", (error) => resolve({ code: 127, signal: null, output: error.message }));
    child.once("close", (code) => {
      process.removeAllListeners("SIGINT");
      process.removeAllListeners("SIGTERM");
      resolve({ code, signal: stoppedBy, output });
    });
  });
}

/** A folder is made by one process only. Its owner's number tells whether the owner is still there. */
async function takeLock() {
  const deadline = performance.now() + WAIT_MINUTES * 60_000;
  await mkdir(path.dirname(installLock), { recursive: true });
  for (let tries = 0; performance.now() < deadline; tries++) {
    try {
      await mkdir(installLock);
      await writeFile(path.join(installLock, "owner"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") {
        fail(`cannot lock the install: ${error.message}`, "make the folder writable, or set SLIPWAY_CACHE to another");
      }
    }
    if (await isAbandoned(installLock)) {
      await removeAbandoned();
    } else {
      if (tries === 0) {
        console.error("waiting for another run that installs the project's packages ...");
      }
      await wait(250);
    }
  }
  fail(`another run has been installing for ${WAIT_MINUTES} minutes`, `end it, or remove ${installLock}`);
}

async function isAbandoned(folder) {
  const owners = await readFile(path.join(folder, "owner"), "utf8").catch(() => "");
  if (owners === "") {
    const made = await stat(folder).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > 5000;
  }
  return !owners.trim().split(" ").some(isRunning);
}

function isRunning(processId) {
  try {
    process.kill(Number(processId), 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

/** Two runs may find the same abandoned lock; what was moved away is looked at again, lest it be a new one. */
async function removeAbandoned() {
  const moved = `${installLock}.${process.pid}`;
  try {
    await rename(installLock, moved);
  } catch (error) {
    if (error.code === "ENOENT") {
      return;
    }
    throw error;
  }
  if (await isAbandoned(moved)) {
    await rm(moved, { recursive: true, force: true });
  } else {
    await rename(moved, installLock);
  }
}

function fail(problem, nextStep) {
  console.error(`[infra] ${problem}\nNext: ${nextStep}`);
  process.exit(INFRA);
}

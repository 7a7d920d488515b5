/** Starts the registry and the engine in a namespace of their own, finds them again, and stops them. */

import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { exists, remove } from "../cache.ts";
import type { StatePaths } from "../cache-paths.ts";
import { ServerFailedError } from "../errors.ts";
import { STAND_IN_HOST } from "../images/images-lock.ts";
import { runCommand } from "../run.ts";
import type { Surroundings } from "../run.ts";
import { SCRIPTS_IN_ROOT } from "../scripts.ts";
import { serverConfig } from "./config.ts";
import type { EngineNetwork } from "./network.ts";
import { chooseNetwork, parseRoutes } from "./network.ts";
import { loopbackPort } from "./ports.ts";
import { engineAnswers, registryAnswers } from "./probe.ts";
import { endNamespace, isRunning, markProcess, processesWith } from "./processes.ts";
import type { ServersRecord } from "./record.ts";
import { readRecord, removeRecord, writeRecord } from "./record.ts";

/** An engine that does not answer in this time is taken for wedged; a busy machine needs some patience. */
const ANSWER_MS = 3000;
/** One that was killed empties its cache when it starts again: a minute and more for tens of gigabytes. */
const START_SECONDS = 300;
/** It writes down what it has cached before it ends. */
const STOP_SECONDS = 120;
const POLL_MS = 50;
const LOG_LINES = 20;
const NEW_NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--"] as const;

/** Variables of the user that the servers may see: how to reach the network, and nothing secret. */
const PASSED_ON = [
  "PATH",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "TZ",
] as const;

/** What the servers run from. */
export type ServerParts = {
  readonly root: string;
  readonly programs: string;
  readonly scripts: string;
  /** Hash of the three and of the form of the settings. */
  readonly key: string;
};

/** Returns the record of servers that run and answer; undefined when there are none, or none that do. */
export async function findServers(state: StatePaths): Promise<ServersRecord | undefined> {
  const record = await readRecord(state.record);
  if (record === undefined || !(await isRunning(record))) {
    return undefined;
  }
  const answers = await Promise.all([
    engineAnswers(state.socket, ANSWER_MS),
    registryAnswers(record.registry, ANSWER_MS),
  ]);
  return answers.every(Boolean) ? record : undefined;
}

/** Starts the servers and waits until they answer. The caller holds the lock and knows that none run. */
export async function startServers(
  surroundings: Surroundings,
  state: StatePaths,
  parts: ServerParts,
): Promise<ServersRecord> {
  await prepareFolders(state);
  const network = chooseNetwork(parseRoutes(await readFile("/proc/net/route", "utf8")), randomBytes(4).toString("hex"));
  const port = await loopbackPort(path.join(state.root, "registry-port"));
  const registry = `127.0.0.1:${port}`;
  const config = serverConfig({ registry, controlGroup: network.link, uploadSecret: randomUUID() });
  for (const [name, text] of Object.entries(config)) {
    await writeFile(path.join(state.config, name), text);
  }
  surroundings.signal.throwIfAborted();
  const processId = await launch(surroundings, state, parts, network, port);
  const mark = processId === undefined ? undefined : await markProcess(processId);
  if (mark === undefined) {
    throw await failure(state, "the embedded engine ended at once");
  }
  const record = { ...mark, ...parts, registry, network };
  await writeRecord(state.record, record);
  try {
    await waitForAnswers(surroundings.signal, state, record);
  } catch (error) {
    // The signal may have ended already; taking things back must not end with it.
    await stopServers({ ...surroundings, signal: new AbortController().signal }, state);
    throw error;
  }
  return record;
}

/** Stops servers, and takes back what they left on the machine. Returns false when there was nothing to stop. */
export async function stopServers(
  surroundings: Surroundings,
  state: StatePaths,
  patienceSeconds = STOP_SECONDS,
): Promise<boolean> {
  // Those of the record, and any that were started in the moment before a run was killed, which have no record.
  const running = await processesWith("unshare", state.root);
  await Promise.all(running.map((mark) => endNamespace(mark, patienceSeconds)));
  const record = await readRecord(state.record);
  if (record === undefined) {
    return running.length > 0;
  }
  const clean = [`${SCRIPTS_IN_ROOT}/clean.sh`, record.network.link, record.network.subnet];
  const step = "taking back the engine's network";
  if ((await exists(record.root)) && (await exists(record.programs)) && (await exists(record.scripts))) {
    await runCommand(surroundings, { step, program: "unshare", arguments: enter(record, state, ["sh", ...clean]) });
  }
  await removeRecord(state.record);
  return running.length > 0;
}

/** Arguments of unshare that run a command inside the private root. */
function enter(
  parts: Pick<ServerParts, "root" | "programs" | "scripts">,
  state: StatePaths,
  command: readonly string[],
): readonly string[] {
  const script = ["sh", path.join(parts.scripts, "enter.sh")];
  return [...NEW_NAMESPACES, ...script, parts.root, parts.programs, state.root, ...command];
}

async function prepareFolders(state: StatePaths): Promise<void> {
  await Promise.all([remove(state.run), remove(state.temporary)]);
  const { mount, config, logs, run, temporary, engine, registry } = state;
  for (const folder of [mount, config, logs, run, temporary, engine, registry]) {
    await mkdir(folder, { recursive: true });
  }
  // Mounts of an earlier run, of which only the files that they were mounted on are left.
  await remove(path.join(engine, "net"));
  for (const log of (await readdir(logs)).filter((name) => name.endsWith(".log"))) {
    await rename(path.join(logs, log), path.join(logs, `${log}.1`));
  }
}

async function launch(
  { environment }: Surroundings,
  state: StatePaths,
  parts: ServerParts,
  network: EngineNetwork,
  port: number,
): Promise<number | undefined> {
  const addresses = [network.link, network.subnet, network.hostAddress, network.engineAddress, network.containers];
  const serve = ["tini", "--", "sh", `${SCRIPTS_IN_ROOT}/serve.sh`, ...addresses, String(port), STAND_IN_HOST];
  const log = await open(path.join(state.logs, "serve.log"), "w");
  try {
    const server = spawn("unshare", enter(parts, state, serve), {
      cwd: "/",
      env: serverEnvironment(environment),
      // A session of its own, and none of our streams: it lives on when this process and its terminal are gone.
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    server.unref();
    await new Promise<void>((resolve) => {
      server.once("spawn", resolve);
      server.once("error", () => {
        resolve();
      });
    });
    return server.pid;
  } finally {
    await log.close();
  }
}

function serverEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = environment[name];
    if (value !== undefined) {
      passed[name] = value;
    }
  }
  return passed;
}

async function waitForAnswers(signal: AbortSignal, state: StatePaths, record: ServersRecord): Promise<void> {
  for (let attempt = 0; attempt < (START_SECONDS * 1000) / POLL_MS; attempt += 1) {
    signal.throwIfAborted();
    if (!(await isRunning(record))) {
      throw await failure(state, "the embedded engine ended while it started");
    }
    const timeout = POLL_MS * 10;
    if ((await engineAnswers(state.socket, timeout)) && (await registryAnswers(record.registry, timeout))) {
      return;
    }
    await pause(POLL_MS);
  }
  throw await failure(state, `the embedded engine did not answer within ${START_SECONDS} s`);
}

async function failure(state: StatePaths, problem: string): Promise<ServerFailedError> {
  const names = ["serve.log", "engine.log", "registry.log"];
  const logs = await Promise.all(names.map((name) => readFile(path.join(state.logs, name), "utf8").catch(() => "")));
  const lines = logs.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(-LOG_LINES),
  );
  return new ServerFailedError(problem, path.join(state.logs, "engine.log"), lines);
}

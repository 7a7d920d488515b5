/** The embedded engine as the command line sees it: start or find it, stop it, forget it. */

import { readdir } from "node:fs/promises";
import path from "node:path";

import { PipelineError } from "../../src/report/errors.ts";
import type { EmbeddedEngine, Progress } from "../types.ts";
import type { MadeBase } from "./bases/index.ts";
import { exists, markUsed, remove, removeOutdated, sweepUnfinished } from "./cache.ts";
import { cachePaths, cacheRoot, statePaths } from "./cache-paths.ts";
import type { StatePaths } from "./cache-paths.ts";
import { HostUnfitError } from "./errors.ts";
import { hostFacts } from "./host-facts.ts";
import { pushImage } from "./images/registry-client.ts";
import { withLock } from "./lock.ts";
import type { Making } from "./making.ts";
import type { Plan } from "./parts.ts";
import { hasImagesLock, makeImagesLock, makeParts, planParts, standInsOf } from "./parts.ts";
import { unfitReasons } from "./preflight.ts";
import { childEnvironment } from "./run.ts";
import type { ServersRecord } from "./server/record.ts";
import { readRecord, writeRecord } from "./server/record.ts";
import { findServers, startServers, stopServers } from "./server/servers.ts";

/** How long an engine that does not answer is given to end by itself. */
const WEDGED_SECONDS = 5;

/** Which engine in which cache. */
export type EngineOptions = {
  readonly progress: Progress;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Cache folder; default: $SLIPWAY_CACHE, $XDG_CACHE_HOME/slipway or ~/.cache/slipway. */
  readonly cacheDir?: string;
  /** Name of the engine's state; engines of different names have nothing of their caches in common. Default: `main`. */
  readonly stateName?: string;
  /** Ends waiting and making; default: nothing does. */
  readonly signal?: AbortSignal;
};

/** A name of a state that cannot be a folder's name. */
export class StateNameError extends PipelineError {
  override readonly name = "StateNameError";

  constructor(given: string) {
    super("config", `"${given}" cannot name an engine's state`, "use 1 to 20 lower-case letters, digits and hyphens");
  }
}

/**
 * Returns a running engine: the one that runs already, or one that is started, after everything that it is made from
 * was made where it is missing. Concurrent calls wait for each other; the later ones find the work of the first.
 *
 * When the signal aborts, everything that was begun is ended and taken back, and the signal's reason is thrown.
 */
export async function startEmbeddedEngine(
  options: EngineOptions & { readonly signal: AbortSignal },
): Promise<EmbeddedEngine> {
  const { making, state } = prepare(options);
  const plan = await planParts(making);
  const found = await readyOf(plan, await findServers(state));
  if (found !== undefined) {
    await markUsed(plan.artifacts);
    return describeEngine(options, state, plan, found, false);
  }
  const host = await hostFacts(making, state, plan.servers.programs);
  const reasons = unfitReasons(host.facts);
  if (reasons.length > 0) {
    throw new HostUnfitError(reasons);
  }
  return withLock(making.cache.lock, lockOptions(making), async () => {
    const running = await findServers(state);
    const ready = await readyOf(plan, running);
    if (ready !== undefined) {
      return describeEngine(options, state, plan, ready, false);
    }
    await sweepUnfinished(making);
    try {
      const bases = await makeParts(making, plan, host.codename);
      const { record, started } = await runServers(making, state, plan, running);
      await supplyBases(making, state, plan, bases, { record, started });
      await removeUnused(making, plan);
      return describeEngine(options, state, plan, record, started);
    } finally {
      await remove(making.cache.temporary);
    }
  });
}

/** Stops an engine and waits for its end. Returns false when none ran. */
export async function stopEmbeddedEngine(options: EngineOptions): Promise<boolean> {
  const { making, state } = prepare(options);
  if (!(await exists(state.root))) {
    return false;
  }
  return withLock(making.cache.lock, lockOptions(making), () => stopServers(making, state));
}

/** Names of all engines that have a state in the cache, running or not. */
export async function embeddedStateNames(options: EngineOptions): Promise<string[]> {
  const { making } = prepare(options);
  return (await exists(making.cache.states)) ? readdir(making.cache.states) : [];
}

/** Stops an engine and removes its state: cache, registry and logs. What others share stays. */
export async function removeEmbeddedState(options: EngineOptions): Promise<void> {
  const { making, state } = prepare(options);
  await withLock(making.cache.lock, lockOptions(making), async () => {
    await stopServers(making, state);
    await remove(state.root);
  });
}

function prepare(options: EngineOptions): { readonly making: Making; readonly state: StatePaths } {
  const stateName = options.stateName ?? "main";
  if (!/^[a-z0-9-]{1,20}$/.test(stateName)) {
    throw new StateNameError(stateName);
  }
  const signal = options.signal ?? new AbortController().signal;
  const cache = cachePaths(cacheRoot(options.environment, options.cacheDir));
  const environment = { ...childEnvironment(options.environment), TMPDIR: cache.temporary };
  const architecture =
    process.arch === "arm64" ? ({ name: "arm64", npm: "arm64" } as const) : ({ name: "amd64", npm: "x64" } as const);
  return {
    making: { cache, progress: options.progress, environment, signal, architecture },
    state: statePaths(cache, stateName),
  };
}

function lockOptions(making: Making): { readonly signal: AbortSignal; readonly onWait: () => void } {
  const onWait = () => {
    making.progress.step("waiting for another run that works on the same cache");
  };
  return { signal: making.signal, onWait };
}

/** Servers are ready when they run from today's parts and have today's bases. */
async function readyOf(plan: Plan, servers: ServersRecord | undefined): Promise<ServersRecord | undefined> {
  const isReady = servers?.key === plan.servers.key && servers.bases === plan.basesKey && (await hasImagesLock(plan));
  return isReady ? servers : undefined;
}

async function runServers(
  making: Making,
  state: StatePaths,
  plan: Plan,
  running: ServersRecord | undefined,
): Promise<{ readonly record: ServersRecord; readonly started: boolean }> {
  if (running?.key === plan.servers.key) {
    return { record: running, started: false };
  }
  const begin = performance.now();
  if (running !== undefined) {
    making.progress.step("stopping an engine that was made from other versions");
    await stopServers(making, state);
  } else if (await stopServers(making, state, WEDGED_SECONDS)) {
    making.progress.step("ended an engine that did not answer");
  }
  making.progress.step("starting the engine and the registry");
  const record = await startServers(making, state, plan.servers);
  making.progress.done("engine and registry answer", (performance.now() - begin) / 1000);
  return { record, started: true };
}

/** Gives the registry the bases. Servers that were started for it are stopped again when that fails. */
async function supplyBases(
  making: Making,
  state: StatePaths,
  plan: Plan,
  made: readonly MadeBase[],
  { record, started }: { readonly record: ServersRecord; readonly started: boolean },
): Promise<void> {
  const begin = performance.now();
  try {
    for (const { base, image } of made) {
      await pushImage({ registry: record.registry, name: base.name }, base.tag, image, making.signal);
    }
    await makeImagesLock(making, plan, made);
    await writeRecord(state.record, { ...record, bases: plan.basesKey });
  } catch (error) {
    if (started) {
      await stopServers({ ...making, signal: new AbortController().signal }, state);
    }
    throw error;
  }
  making.progress.done(`${made.length} base images in the registry`, (performance.now() - begin) / 1000);
}

/** Keeps what today's recipes made, and what an engine still runs from. */
async function removeUnused(making: Making, plan: Plan): Promise<void> {
  const names = await readdir(making.cache.states);
  const records = await Promise.all(names.map((name) => readRecord(statePaths(making.cache, name).record)));
  const inUse = records.flatMap((record) =>
    record === undefined ? [] : [path.dirname(record.root), record.programs, record.scripts],
  );
  await markUsed(plan.artifacts);
  await removeOutdated(making, [...inUse, ...plan.artifacts]);
}

function describeEngine(
  options: EngineOptions,
  state: StatePaths,
  plan: Plan,
  record: ServersRecord,
  started: boolean,
): EmbeddedEngine {
  return {
    environment: {
      _EXPERIMENTAL_DAGGER_RUNNER_HOST: `unix://${state.socket}`,
      _EXPERIMENTAL_DAGGER_CLI_BIN: path.join(record.programs, "session"),
      DAGGER_NO_NAG: "1",
      DO_NOT_TRACK: "1",
    },
    imagesLock: plan.lockFile,
    standIns: standInsOf(plan),
    registry: record.registry,
    started,
    stop: async () => {
      // The signal may have ended the run that now wants to stop its engine.
      await stopEmbeddedEngine({ ...options, signal: new AbortController().signal });
    },
  };
}

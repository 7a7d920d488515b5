/** Where things are in the cache folder. Pure: nothing is touched here. */

import path from "node:path";

/** All folders and files of the embedded mode; all of them below `root`. */
export type CachePaths = {
  readonly root: string;
  /** File that one run at a time holds a lock on. */
  readonly lock: string;
  /** Finished things, each in a folder named after what it is and a hash of its inputs. */
  readonly made: string;
  /** State and downloads of apt, apart from the machine's. */
  readonly apt: string;
  /** Go's module and build caches, apart from the user's. */
  readonly go: string;
  /** Temporary files of the commands that make things. */
  readonly temporary: string;
  /** One folder per engine. */
  readonly states: string;
};

/** Folders of one engine. */
export type StatePaths = {
  readonly root: string;
  /** What runs: process, port, network; absent when nothing does. */
  readonly record: string;
  /** Mount point of the private root. */
  readonly mount: string;
  readonly config: string;
  readonly logs: string;
  readonly run: string;
  readonly socket: string;
  readonly temporary: string;
  /** The engine's own cache. */
  readonly engine: string;
  /** Blobs of the loopback registry. */
  readonly registry: string;
};

/** Longest path of a Unix socket that Linux takes, without the final zero byte. */
export const LONGEST_SOCKET_PATH = 107;

/**
 * Chooses the cache folder: the one given, else $SLIPWAY_CACHE, else $XDG_CACHE_HOME/slipway, else ~/.cache/slipway.
 * Relative values are taken from the working folder.
 */
export function cacheRoot(environment: Readonly<Record<string, string | undefined>>, given?: string): string {
  const named = given ?? environment.SLIPWAY_CACHE;
  if (named !== undefined && named !== "") {
    return path.resolve(named);
  }
  const shared = environment.XDG_CACHE_HOME;
  if (shared !== undefined && shared !== "") {
    return path.resolve(shared, "slipway");
  }
  return path.resolve(environment.HOME ?? "/root", ".cache", "slipway");
}

/** Names everything below a cache folder. */
export function cachePaths(cache: string): CachePaths {
  const root = path.join(cache, "embedded");
  return {
    root,
    lock: path.join(root, "lock"),
    made: path.join(root, "made"),
    apt: path.join(root, "apt"),
    go: path.join(root, "go"),
    temporary: path.join(root, "tmp"),
    states: path.join(root, "state"),
  };
}

/** Names everything of one engine. */
export function statePaths(cache: CachePaths, stateName: string): StatePaths {
  const root = path.join(cache.states, stateName);
  const run = path.join(root, "run");
  return {
    root,
    record: path.join(root, "servers.json"),
    mount: path.join(root, "mount"),
    config: path.join(root, "config"),
    logs: path.join(root, "logs"),
    run,
    socket: path.join(run, "engine.sock"),
    temporary: path.join(root, "tmp"),
    engine: path.join(root, "engine"),
    registry: path.join(root, "registry"),
  };
}

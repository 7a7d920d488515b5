/** One run at a time works on the cache. The kernel holds the lock, so a run that dies in any way gives it back. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";

import { StepFailedError } from "./errors.ts";
import { sendSignal } from "./run.ts";

const SAY_AFTER_MS = 500;

/** What the lock needs of the run. */
export type LockOptions = {
  readonly signal: AbortSignal;
  /** Called once when another run holds the lock for longer than half a second. */
  readonly onWait: () => void;
};

/**
 * Runs `work` while this run holds the lock on `file`; waits for it as long as needed.
 *
 * `flock` holds the lock while its standard input is open. That input ends with this process, even when it is killed.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  options.signal.throwIfAborted();
  await mkdir(path.dirname(file), { recursive: true });
  // A signal that came meanwhile tells no listener that is added from here on.
  options.signal.throwIfAborted();
  const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo held; exec cat >/dev/null"], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(holder, "close");
  const held = Promise.race([once(holder.stdout, "data").then(() => true), ended.then(() => false)]);
  const abandon = () => {
    if (holder.pid !== undefined) {
      sendSignal(-holder.pid, "SIGKILL");
    }
  };
  const waiting = setTimeout(options.onWait, SAY_AFTER_MS);
  options.signal.addEventListener("abort", abandon, { once: true });
  const got = await held.finally(() => {
    clearTimeout(waiting);
    options.signal.removeEventListener("abort", abandon);
  });
  options.signal.throwIfAborted();
  if (!got) {
    const command = ["flock", "--exclusive", file];
    const failure = { step: "locking the cache", command, ended: "ended without the lock", tail: [] };
    throw new StepFailedError(failure, "check that the cache folder can be written, then start again");
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

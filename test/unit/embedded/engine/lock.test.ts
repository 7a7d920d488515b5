import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { beforeEach, describe, expect, it } from "vitest";

import { withLock } from "../../../../embedded/engine/lock.ts";
import { scratchFolder } from "./scratch.ts";

let file: string;
const options = (signal = new AbortController().signal) => ({ signal, onWait: () => undefined });

beforeEach(async () => {
  file = path.join(await scratchFolder(), "deep", "lock");
});

describe("withLock", () => {
  it("lets one run after the other work", async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await pause(30);
      order.push(`${name} ends`);
      return name;
    };
    const both = await Promise.all([withLock(file, options(), work("a")), withLock(file, options(), work("b"))]);
    expect(both).toEqual(["a", "b"]);
    expect(order[1]).toBe(order[0]?.replace("begins", "ends"));
    expect(order[3]).toBe(order[2]?.replace("begins", "ends"));
  });

  it("gives the lock back when the work fails", async () => {
    await expect(withLock(file, options(), () => Promise.reject(new Error("work failed")))).rejects.toThrow(
      "work failed",
    );
    expect(await withLock(file, options(), () => Promise.resolve("next"))).toBe("next");
  });

  it("gets the lock of a run that was killed", async () => {
    await withLock(file, options(), () => Promise.resolve());
    const holder = spawn("flock", [file, "sh", "-c", "echo held; exec sleep 60"], { detached: true });
    await once(holder.stdout, "data");
    const waiting = withLock(file, options(), () => Promise.resolve("mine"));
    process.kill(-(holder.pid ?? 0), "SIGKILL");
    expect(await waiting).toBe("mine");
  });

  it("stops when the run is ended before it waits", async () => {
    const reason = new Error("interrupted");
    await withLock(file, options(), async () => {
      const ending = new AbortController();
      const waiting = withLock(file, options(ending.signal), () => Promise.resolve());
      ending.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });
  });

  it("stops waiting when the run is ended", async () => {
    const reason = new Error("interrupted");
    await withLock(file, options(), async () => {
      const ending = new AbortController();
      const waiting = withLock(file, options(ending.signal), () => Promise.resolve());
      setTimeout(() => {
        ending.abort(reason);
      }, 30);
      await expect(waiting).rejects.toBe(reason);
    });
  });
});

/** How a run is followed, without waiting for real. */
import { describe, expect, it } from "vitest";

import type { Answer } from "../src/api.ts";
import type { Run } from "../src/run.ts";
import { watchRun } from "../src/watch.ts";
import { describeResult } from "../src/words.ts";

const WAITING: Run = { id: "r-1", state: "queued" };
const COMPLETED: Run = {
  ...WAITING,
  state: "completed",
  result: { characters: 1, words: 1, sha256: "0123456789abcdef" },
};
const QUEUED: Answer<Run> = { ok: true, value: WAITING };
const DONE: Answer<Run> = { ok: true, value: COMPLETED };
const BUSY: Answer<Run> = { ok: false, failure: { kind: "too-many" } };
const AWAY: Answer<Run> = { ok: false, failure: { kind: "unavailable" } };
const GONE: Answer<Run> = { ok: false, failure: { kind: "refused", status: 404 } };

describe("watchRun", () => {
  it.each([
    { name: "a run that completes", answers: [QUEUED, QUEUED, DONE], pauses: [100, 150, 225], last: DONE },
    { name: "a service that is away for a while", answers: [AWAY, DONE], pauses: [100, 150], last: DONE },
    { name: "a service that asks for patience", answers: [BUSY, DONE], pauses: [100, 400], last: DONE },
    { name: "a run that is refused", answers: [QUEUED, GONE], pauses: [100, 150], last: GONE },
    { name: "a run that never ends", answers: [], pauses: [100, 150, 225, 337.5, 400], last: undefined },
  ])("follows $name", async ({ answers, pauses, last }) => {
    const waited: number[] = [];
    const queue = [...answers];
    const plan = {
      attempts: 5,
      firstPauseMs: 100,
      longestPauseMs: 400,
      pause: (milliseconds: number) => Promise.resolve(void waited.push(milliseconds)),
    };
    expect(await watchRun(() => Promise.resolve(queue.shift() ?? QUEUED), plan)).toEqual(last);
    expect(waited).toEqual(pauses);
  });
});

describe("describeResult", () => {
  it.each([
    { run: WAITING, words: "Waiting for a worker." },
    { run: COMPLETED, words: "1 word, 1 character, SHA-256 0123456789ab…" },
  ])("says: $words", ({ run, words }) => {
    expect(describeResult(run)).toBe(words);
  });
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { runStageCommand } from "../../../../embedded/cli/stage-command.ts";

function run(program: string, words: readonly string[], signal = new AbortController().signal) {
  return runStageCommand({ program, arguments: words, folder: tmpdir(), environment: process.env, signal });
}

describe("runStageCommand", () => {
  it.each([
    { what: "success", program: "true", words: [], expected: 0 },
    { what: "failure", program: "sh", words: ["-c", "exit 7"], expected: 7 },
    { what: "an end by a signal", program: "sh", words: ["-c", "kill -KILL $$"], expected: 1 },
    { what: "a program that does not exist", program: "no-such-program", words: [], expected: 1 },
  ])("reports $what", async ({ program, words, expected }) => {
    expect(await run(program, words)).toBe(expected);
  });

  it("ends the command and its children with the run", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "slipway-stage-"));
    const file = path.join(folder, "pid");
    const stopping = new AbortController();
    const running = run("sh", ["-c", `sleep 60 & echo $! > ${file}; wait`], stopping.signal);
    const processId = await firstText(file);
    stopping.abort(new Error("stopped"));
    await expect(running).rejects.toThrow("stopped");
    const state = () => readFile(`/proc/${processId}/stat`, "utf8").catch(() => "gone");
    // A process that has ended may wait for its new parent to notice, and a busy machine takes a moment to end one.
    await expect.poll(state, { timeout: 10_000 }).toMatch(/^gone$|\) Z /);
    await rm(folder, { recursive: true });
  });
});

async function firstText(file: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text !== "") {
      return text.trim();
    }
    await wait(20);
  }
  throw new Error(`${file} stayed empty`);
}

import path from "node:path";

import { describe, expect, it } from "vitest";

import { runCommandLine } from "../../../../embedded/cli/call-run.ts";
import { contextFolderOf, readModulePlace } from "../../../../embedded/cli/module-place.ts";
import type { Terminal } from "../../../../embedded/cli/terminal.ts";
import { SAMPLE_CACHE, SAMPLE_FOLDER } from "./sample.ts";

/** A terminal that remembers; an engine that somebody asks for is refused, which proves that nobody did before. */
function fakeTerminal(): Terminal & { readonly printed: string[]; readonly said: string[] } {
  const printed: string[] = [];
  const said: string[] = [];
  return {
    printed,
    said,
    environment: { SLIPWAY_CACHE: SAMPLE_CACHE, SLIPWAY_ENGINE: "none" },
    folder: SAMPLE_FOLDER,
    columns: 80,
    print: (text) => printed.push(text),
    say: (line) => said.push(line),
    setVariables: () => undefined,
    signal: new AbortController().signal,
  };
}

describe("runCommandLine", () => {
  it("prints help without an engine", async () => {
    const terminal = fakeTerminal();
    expect(await runCommandLine(["echo", "--help"], SAMPLE_FOLDER, terminal)).toBe(0);
    expect(terminal.printed.join("")).toMatch(/^Returns every argument as it arrived\.\n/);
  }, 60_000);

  it.each([
    { words: ["--source", "missing", "entries"], problem: /--source: no directory at .*runner\/missing/ },
    { words: ["secret-length", "--token", "hunter2"], problem: /--token: a secret is not written on a command line/ },
    { words: ["echo"], problem: /echo needs --name/ },
    { words: ["echo", "--name", "x", "--environment", "moon"], problem: /--environment: no value "moon"/ },
  ])(
    "refuses $words before an engine is asked for",
    async ({ words, problem }) => {
      await expect(runCommandLine(words, SAMPLE_FOLDER, fakeTerminal())).rejects.toThrow(problem);
    },
    60_000,
  );

  it("asks for the engine when the command line is right", async () => {
    await expect(runCommandLine(["nothing"], SAMPLE_FOLDER, fakeTerminal())).rejects.toThrow('no engine "none"');
  }, 60_000);
});

describe("the place of a module", () => {
  it("is named by its dagger.json, in the repository with the nearest .git", async () => {
    expect(await readModulePlace(SAMPLE_FOLDER)).toEqual({ folder: SAMPLE_FOLDER, name: "sample" });
    expect(await contextFolderOf(SAMPLE_FOLDER)).toBe(path.resolve(SAMPLE_FOLDER, "../../.."));
    expect(await contextFolderOf("/")).toBe("/");
  });
});

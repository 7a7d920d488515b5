import { beforeAll, describe, expect, it } from "vitest";

import { readCommandLine } from "../../../../embedded/cli/command-line.ts";
import type { Surface } from "../../../../embedded/cli/surface.ts";
import { messageOf, readCall, sampleSurface } from "./sample.ts";

let surface: Surface;
beforeAll(async () => {
  surface = await sampleSurface();
}, 60_000);

describe("readCommandLine", () => {
  it("takes flags of the constructor before the function and flags of the function after it", () => {
    const call = readCall(surface, ["--title", "T", "echo", "--name=Ann", "--tags", "a", "--tags=b", "--loud"]);
    expect(call.function.name).toBe("echo");
    expect([...call.constructorFlags]).toEqual([["title", ["T"]]]);
    expect([...call.functionFlags]).toEqual([
      ["name", ["Ann"]],
      ["tags", ["a", "b"]],
      ["loud", ["true"]],
    ]);
  });

  it.each([
    { words: ["lock-text"], expected: "lock-text" },
    { words: ["lockText"], expected: "lock-text" },
  ])("finds a function by $words", ({ words, expected }) => {
    expect(readCall(surface, words).function.name).toBe(expected);
  });

  it("takes a value that looks like a flag", () => {
    expect([...readCall(surface, ["echo", "--name", "--loud"]).functionFlags]).toEqual([["name", ["--loud"]]]);
  });

  it("takes the runner's options on both sides of the function", () => {
    const { options } = readCall(surface, ["-j", "file", "-o", "out.txt", "--verbose"]);
    expect(options).toEqual({ json: true, output: "out.txt", verbose: true });
  });

  it("asks for help on the module without a function, and on a function wherever --help stands", () => {
    expect(readCommandLine(surface, [])).toEqual({ kind: "help" });
    expect(readCommandLine(surface, ["--help"])).toEqual({ kind: "help" });
    expect(readCommandLine(surface, ["echo", "--count", "3", "-h"])).toMatchObject({ function: { name: "echo" } });
  });

  it("refuses an unknown function and names the nearest", () => {
    expect(messageOf(() => readCommandLine(surface, ["ecoh"]))).toMatchInlineSnapshot(`
      "[config] no function "ecoh"; did you mean echo?
      Functions: container, directory, echo, entries, fail, file, forever, lock-text, nothing, secret-length
      Next: \`npm start -- --help\` says what each does"
    `);
  });

  it("refuses an unknown flag and names the nearest", () => {
    expect(messageOf(() => readCommandLine(surface, ["echo", "--nmae", "x"]))).toMatchInlineSnapshot(`
      "[config] no flag "--nmae" for echo; did you mean --name?
      Flags of echo: --name, --count, --ratio, --loud, --environment, --tags, --maybe
      Next: \`npm start -- echo --help\` says what each does"
    `);
  });

  it("refuses an unknown flag of the module", () => {
    expect(messageOf(() => readCommandLine(surface, ["--verbosity", "3", "echo"]))).toMatchInlineSnapshot(`
      "[config] no flag "--verbosity" for the module
      Flags of the module: --source, --title, --images
      Next: \`npm start -- --help\` says what each does"
    `);
  });

  it("refuses a flag of the module behind the function and says where it belongs", () => {
    expect(messageOf(() => readCommandLine(surface, ["entries", "--source", "."]))).toMatchInlineSnapshot(`
      "[config] no flag "--source" for entries
      entries has no flags
      Next: --source is a flag of the module, so put it before entries"
    `);
  });

  it("refuses a flag without its value", () => {
    expect(messageOf(() => readCommandLine(surface, ["echo", "--name"]))).toMatchInlineSnapshot(`
      "[config] --name: the value is missing
      Next: write --name VALUE"
    `);
  });

  it("refuses a chain of functions and words that npm has robbed of their flag", () => {
    expect(messageOf(() => readCommandLine(surface, ["file", "export", "--path", "x"]))).toMatchInlineSnapshot(`
      "[config] unexpected "export" after file; values are given by flags, and a function is not chained to another's result
      Next: where "export" is a flag's value, put \`--\` before the function, as npm takes flags for itself: \`npm start -- file --flag export\`; to save a result use \`-o PATH\`; \`dagger call\` can chain"
    `);
  });
});

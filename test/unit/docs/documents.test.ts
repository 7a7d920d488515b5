/** Links, blocks and commands of all documents; what helm and kubectl are given is judged in test/charts/documents.test.ts. */
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

import type { Surface } from "../../../embedded/cli/surface.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { commandProblems } from "../../support/document-commands.ts";
import { type Block, documentFiles, linkProblems, parseDocument, readDocument } from "../../support/documents.ts";
import { moduleSurface } from "../../support/module-command.ts";
import { SAMPLE_CACHE } from "../embedded/cli/sample.ts";

const FILES = documentFiles();
/** The reference services' own: how their languages' tools are used, which test/e2e does in containers of its own. */
const OF_SERVICES = FILES.filter((file) => file.startsWith("docker/reference/"));
const WITH_COMMANDS = FILES.filter((file) => !OF_SERVICES.includes(file));

let surface: Surface;
beforeAll(async () => {
  surface = await moduleSurface(SAMPLE_CACHE);
}, 60_000);

/** What is wrong with a block for its language. */
function blockProblems(file: string, { language, text, line }: Block): string[] {
  switch (language) {
    case "sh":
    case "console":
    case "text":
      return [];
    case "yaml": {
      // A template of a chart is no YAML before it is rendered.
      if (text.includes("{{")) return file.startsWith("charts/") ? [] : [`${file}:${line}: holds a template`];
      const value: unknown = parse(text);
      if (typeof value === "object" && value !== null && "systems" in value) parsePlatform(text, file);
      return [];
    }
    default:
      return [`${file}:${line}: nothing judges a block of "${language}"`];
  }
}

describe("every document", () => {
  it("is found", () => {
    expect(FILES).toEqual(expect.arrayContaining(["README.md", "docs/README.md", "charts/api/README.md"]));
  });

  it.each(FILES)("%s: leads to files and headings that exist", (file) => {
    expect(linkProblems(readDocument(file))).toEqual([]);
  });

  it.each(WITH_COMMANDS)("%s: has blocks that are judged", (file) => {
    expect(readDocument(file).blocks.flatMap((block) => blockProblems(file, block))).toEqual([]);
  });

  it.each(WITH_COMMANDS)("Y-82: %s has commands that work", (file) => {
    expect(commandProblems(readDocument(file), surface)).toEqual([]);
  });
});

describe("README.md", () => {
  const [, section = ""] = readDocument("README.md").text.split("\n## Functions\n");
  const calls = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| `([^`|]+)` +\|/gm)].map(([, call = ""]) => call);

  it("has every function once in its table, each called with arguments that it has", () => {
    const names = calls.map((call) => call.split(" ")[0]).sort();
    expect(names).toEqual(surface.functions.map(({ name }) => name).sort());
    const block = ["```sh", ...calls.map((call) => `dagger call ${call}`), "```"].join("\n");
    expect(commandProblems(parseDocument("README.md", `# Functions\n${block}\n`), surface)).toEqual([]);
  });
});

describe("a document with a mistake", () => {
  const planted = (text: string) => parseDocument("docs/planted.md", text);
  const commands = (...lines: string[]) =>
    commandProblems(planted(["# A title", "```sh", ...lines, "```"].join("\n")), surface);

  it.each([
    { link: "nowhere.md", says: "docs/planted.md:2: nowhere.md leads nowhere" },
    { link: "README.md#no-such-heading", says: "docs/planted.md:2: README.md#no-such-heading names no heading" },
    { link: "#no-such-heading", says: "docs/planted.md:2: #no-such-heading names no heading" },
    { link: "http://example.com", says: "docs/planted.md:2: http://example.com is neither relative nor https" },
  ])("is found by its link $link", ({ link, says }) => {
    expect(linkProblems(planted(`# A title\n[there](${link})`))).toEqual([says]);
    expect(linkProblems(planted("# A title\n[there](README.md#documents) [here](#a-title)"))).toEqual([]);
  });

  it.each([
    { line: "dagger call no-such-function", says: /no-such-function/ },
    { line: "dagger call smoke-test --environment dev", says: /--environment/ },
    { line: "dagger call smoke-test", says: /--env/ },
    { line: "dagger call smoke-test --env test", says: /no value "test"/ },
    { line: "dagger call build --image api up", says: /"up" does not go behind build/ },
    { line: "dagger call --source no/such/folder lint", says: /no directory at \S+no\/such\/folder/ },
    { line: "dagger run true", says: /is no call of a function/ },
    { line: "npm run no-such-script", says: /no script "no-such-script"/ },
    { line: "npm start -- no-such-function", says: /no-such-function/ },
    { line: "cp -r docs/nowhere ../there", says: /nothing at docs\/nowhere/ },
    { line: "cd nowhere", says: /no folder nowhere/ },
    { line: "make all", says: /nothing judges make/ },
  ])("is found by its command $line", ({ line, says }) => {
    expect(commands("dagger call build --image api", line)).toEqual([
      expect.stringMatching(new RegExp(`^docs/planted.md:4: .*${says.source}`, "s")),
    ]);
  });

  it("is found by a secret that nothing has set, and not by one that was set before", () => {
    const call = "dagger call publish-images --registry example.com --registry-password env://TOKEN";
    expect(commands(call)).toEqual([expect.stringContaining("the environment has no variable TOKEN")]);
    expect(commands("export TOKEN=<token>", call)).toEqual([]);
  });

  it.each(["helm list | grep api", "true && false", "echo $(id)", "helm list > file"])("is found by %s", (line) => {
    expect(() => commands(line)).toThrow(/^line 1: .* is more than a simple command$/);
  });

  it("is found by a block of a language that nothing judges, and by one that is no platform", () => {
    const block = (language: string, text: string) => ({ language, text, line: 3 });
    expect(blockProblems("docs/planted.md", block("", "helm list"))).toEqual([
      'docs/planted.md:3: nothing judges a block of ""',
    ]);
    expect(() => blockProblems("docs/planted.md", block("yaml", "a: [1"))).toThrow();
    expect(() => blockProblems("docs/planted.md", block("yaml", "systems: { a: { sorce: . } }"))).toThrow(/sorce/);
  });
});

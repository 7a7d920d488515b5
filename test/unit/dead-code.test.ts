/** Finds exports that nothing needs but the unit tests that are about them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { ROOT } from "../support/module-command.ts";

/** Exports that nothing in the repository imports, and why each is there all the same. */
const NEEDED_ELSEWHERE: Readonly<Record<string, string>> = {
  "embedded/main.ts: main": "embedded/start.mjs starts the file, which calls it",
  "src/charts/network/reachability-table.ts: renderReachability": "shows a graph to whoever works on its rules",
  "src/charts/rules/reachability.ts: reachabilityRule":
    "is the rule as a rule of renders, which the tests plant defects in",
  "src/index.ts: Slipway": "is the module that the SDK loads",
  "src/platform/json-schema.ts: imageLockJsonSchema": "makes deploy/images.lock.schema.json",
  "src/platform/json-schema.ts: platformJsonSchema": "makes deploy/platform.schema.json",
};

type Source = {
  readonly file: string;
  readonly exports: readonly string[];
  /** Files that it imports from, also while it runs. */
  readonly imports: ReadonlySet<string>;
  /** How often each word stands in its code, comments left out. */
  readonly words: ReadonlyMap<string, number>;
};

function readSource(file: string, text: string): Source {
  const code = text.replaceAll(/^\s*(?:\/\*[^]*?\*\/|\/\/.*)$/gm, "");
  const words = new Map<string, number>();
  for (const [word] of code.matchAll(/[\w$]+/g)) words.set(word, (words.get(word) ?? 0) + 1);
  const declared = /^export (?:default )?(?:abstract |async )*(?:class|const|enum|function\*?|let|type) (\w+)/gm;
  const imported = [...code.matchAll(/(?:\bfrom |\bimport\(|^import )"(\.[^"]+)"/gm)].map(([, from = ""]) =>
    path.posix.join(path.posix.dirname(file), from),
  );
  return {
    file,
    exports: [...code.matchAll(declared)].map(([, name = ""]) => name),
    imports: new Set(imported),
    words,
  };
}

/** Exports that no file imports that may, and that their own file does not use either. */
function deadExports(sources: readonly Source[]): string[] {
  const importers = new Map<string, Source[]>();
  for (const source of sources) {
    for (const from of source.imports) importers.set(from, [...(importers.get(from) ?? []), source]);
  }
  return sources.flatMap(({ file, exports, words }) =>
    exports
      .filter((name) => (words.get(name) ?? 0) < 2)
      .filter((name) => !importers.get(file)?.some((other) => other.words.has(name)))
      .map((name) => `${file}: ${name}`),
  );
}

const sources = ["src", "embedded", "test"]
  .flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /\.(?:ts|mjs)$/.test(file) && !/^test\/(?:unit|fixtures)\//.test(file))
  .map((file) => readSource(file, readFileSync(path.join(ROOT, file), "utf8")));
const ofTheProject = (dead: readonly string[]) => dead.filter((each) => !each.startsWith("test/"));

describe("the sources of src/ and embedded/", () => {
  it("S-77: export nothing that nothing needs", () => {
    expect(sources.length).toBeGreaterThan(400);
    expect(sources.flatMap(({ exports }) => exports).length).toBeGreaterThan(1000);
    expect(ofTheProject(deadExports(sources)).filter((each) => !(each in NEEDED_ELSEWHERE))).toEqual([]);
  });

  it("S-77: have all exports that are excused", () => {
    const exported = sources.flatMap(({ file, exports }) => exports.map((name) => `${file}: ${name}`));
    expect(Object.keys(NEEDED_ELSEWHERE).filter((each) => !exported.includes(each))).toEqual([]);
  });

  it.each([
    { title: "a function", text: "export function forgotten(): void {}\n", dead: ["forgotten"] },
    { title: "a type", text: "export type Forgotten = string;\n", dead: ["Forgotten"] },
    {
      title: "a word that a comment alone repeats",
      text: "// forgotten\nexport const forgotten = 1;\n",
      dead: ["forgotten"],
    },
    {
      title: "nothing that its own file uses",
      text: "export type Own = string;\nexport type Other = Own;\n",
      dead: ["Other"],
    },
    { title: "nothing that another file imports", text: "export const used = 1;\n", dead: [] },
    { title: "nothing that is imported while it runs", text: "export const late = 1;\n", dead: [] },
  ])("S-77: would be seen with $title", ({ text, dead }) => {
    const user = 'import { used } from "./planted.ts";\nconst { late } = await import("./planted.ts");\n';
    const planted = [readSource("src/planted.ts", text), readSource("src/user.ts", user)];
    expect(deadExports(planted)).toEqual(dead.map((name) => `src/planted.ts: ${name}`));
  });
});

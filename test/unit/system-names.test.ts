/** Holds the module and the embedded mode to knowing no system: what they build, install and ask stands in the platform file. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const SYSTEMS = parsePlatform(
  readFileSync(path.join(ROOT, "deploy/platform.yaml"), "utf8"),
  "deploy/platform.yaml",
).systems;

/** Lines of a text that name a system, as a word of its own. */
function namesIn(file: string, text: string, systems: readonly string[]): string[] {
  const word = new RegExp(`(?<![A-Za-z0-9])(?:${systems.join("|")})(?![A-Za-z0-9])`, "i");
  return text.split("\n").flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

function filesOf(folder: string): string[] {
  const entries = readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

describe("the names of systems", () => {
  const systems = SYSTEMS.map(({ name }) => name);

  it.each(["src", "embedded"])("stand nowhere in %s", (folder) => {
    const files = filesOf(folder);
    expect(systems.length).toBeGreaterThan(2);
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => namesIn(file, readFileSync(path.join(ROOT, file), "utf8"), systems))).toEqual([]);
    expect(files.filter((file) => namesIn(file, file, systems).length > 0)).toEqual([]);
  });

  it("would be found, also with something behind a hyphen or an underscore, and not within a longer word", () => {
    const planted = `const release = "${systems[0] ?? ""}-api";\nconst other = "${(systems[1] ?? "").toUpperCase()}_TOKEN";\n${systems[1] ?? ""}es`;
    expect(namesIn("planted.ts", planted, systems).map((line) => line.slice(0, 13))).toEqual([
      "planted.ts:1:",
      "planted.ts:2:",
    ]);
  });
});

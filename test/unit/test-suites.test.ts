/** Holds the tests themselves to their rules: what they skip, what they assert on, how they find tools, how many there are. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const own = path.relative(ROOT, import.meta.filename);

/** What only the embedded mode has, and is proved nowhere else. */
const EMBEDDED_ONLY = /skipIf\((?:!embedded|process\.env\.SLIPWAY_IMAGES_LOCK === undefined)\)/;

type Rule = {
  readonly title: string;
  readonly files: RegExp;
  readonly isBroken: (line: string) => boolean;
  /** A line that breaks it, and one that does not. */
  readonly plant: readonly [broken: string, whole: string];
};

const RULES: readonly Rule[] = [
  {
    title: "S-66, S-124: skips a test for want of a tool only where CI is not set",
    files: /^test\/.*\.test\.ts$/,
    isBroken: (line) =>
      /\.(?:skip|todo|runIf|skipIf|only)\b/.test(line) &&
      !line.includes('&& process.env.CI !== "true")') &&
      !EMBEDDED_ONLY.test(line),
    plant: [
      'describe.skipIf(!hasHelm)("charts", () => {',
      'it.skipIf(!hasGo && process.env.CI !== "true")("x", () => {',
    ],
  },
  {
    title: "S-157: finds the tools of charts by one helper, at the versions of the module",
    files: /^test\/(?:charts|unit)\/.*\.ts$/,
    isBroken: (line) => /(?:spawn|execFile|exec)(?:Sync)?\(\s*["'`](?:helm|kubeconform|kube-score)\b/.test(line),
    plant: ['spawnSync("helm", ["lint"])', 'spawnSync(await hostTool("helm"), ["lint"])'],
  },
  {
    title: "S-79, S-115: asserts on parsed manifests, never on a part of their text",
    files: /^test\/charts\/.*\.test\.ts$/,
    isBroken: (line) => /\.toContain\(\s*["'`][\w./-]+: /.test(line) && !line.includes("there is no"),
    plant: ['expect(text).toContain("replicas: 2");', 'expect(kinds).toContain("Deployment");'],
  },
];

function filesOf(pattern: RegExp): string[] {
  const files = ["test", "charts", "docker/reference"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  );
  return files.filter((file) => pattern.test(file) && !file.includes("node_modules") && file !== own);
}

describe.each(RULES)("a test $title", ({ files, isBroken, plant }) => {
  it("holds in every file", () => {
    const found = filesOf(files);
    expect(found.length).toBeGreaterThan(1);
    const broken = found.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, index) => (isBroken(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(broken).toEqual([]);
  });

  it("is seen broken in a line that breaks it, and in that alone", () => {
    expect(plant.map(isBroken)).toEqual([true, false]);
  });
});

describe("the tests of services in Python", () => {
  /** A skip stands behind a failure for CI. */
  const isBound = (text: string) =>
    text
      .split("pytest.skip(")
      .slice(0, -1)
      .every((before) => /"CI"\) == "true":\n +pytest\.fail\([^\n]+\n +$/.test(before));

  it.each(filesOf(/^docker\/reference\/.*\/tests\/\w+\.py$/))("S-66, S-124: skip in %s where CI is not set", (file) => {
    expect(isBound(read(file))).toBe(true);
  });

  it("S-66: would be seen to skip in CI", () => {
    expect(isBound('    if wanted is None:\n        pytest.skip("no database")\n')).toBe(false);
  });
});

describe("the tests of CleverAgents' server", () => {
  const titles = (text: string) => [...text.matchAll(/^ {2}it(?:\.each\([^)]*\))?\(\s*"/gm)];
  /** The part of a file below a describe. */
  const below = (file: string, start: string) => read(file).split(`describe("${start}`)[1]?.split(/^}\);/m)[0] ?? "";

  it("S-75, A-29: are 11 or more that compare files of several places", () => {
    const beside = titles(below("test/charts/server.test.ts", "charts/server and the files beside it"));
    const others = titles(below("test/unit/systems-consistency.test.ts", "the server of cleveragents"));
    expect([beside.length, others.length]).toEqual([
      expect.toSatisfy((count) => count >= 11),
      expect.toSatisfy((count) => count >= 3),
    ]);
  });

  it("S-76: have a benchmark that renders and reads every chart, beside the same by hand", () => {
    expect(read("package.json")).toContain('"bench": "node --import tsx test/bench/main.ts"');
    expect(read("test/bench/main.ts")).toMatch(/^ {2}validate: validated,$/m);
    expect(read("test/bench/charts.ts")).toMatch(/export async function validated\(/);
  });
});

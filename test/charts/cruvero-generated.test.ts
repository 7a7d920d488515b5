/** Holds what is made from other files of cruvero's chart equal to them; `vitest --update` makes it anew. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { type HostTool, hostTool } from "../support/host-tools.ts";
import { completeSchema } from "./component-schema.ts";
import { CHART, leavesOf, ROOT } from "./cruvero-chart.ts";

const DOCS = ["--log-level", "warning", "--skip-version-footer", "--sort-values-order", "file"];
const SCHEMA = ["--draft", "7", "--indent", "2", "--no-additional-properties", "--use-helm-docs"];

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), "slipway-generated-"));
  for (const file of ["Chart.yaml", "values.yaml", "README.md.gotmpl"]) {
    copyFileSync(path.join(CHART, file), path.join(copy, file));
  }
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

async function generate(tool: HostTool, words: readonly string[], file: string): Promise<string> {
  execFileSync(await hostTool(tool), words, { cwd: copy, stdio: ["ignore", "pipe", "pipe"] });
  return readFileSync(path.join(copy, file), "utf8");
}

describe("charts/cruvero", () => {
  it("has the README.md that its values make, with every value described", async () => {
    const readme = await generate("helm-docs", DOCS, "README.md");
    expect(readme.split("\n").filter((line) => /^\| .*\|\s*\|$/.test(line))).toEqual([]);
    await expect(readme).toMatchFileSnapshot(path.join(CHART, "README.md"));
  });

  it("C-14: has the values.schema.json that its values make", async () => {
    const schema: unknown = JSON.parse(await generate("helm-values-schema-json", SCHEMA, "values.schema.json"));
    const text = `${JSON.stringify(completeSchema(schema), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(CHART, "values.schema.json"));
  });

  it("C-13: carries the registry of configuration keys that the platform has", () => {
    const registry = readFileSync(path.join(ROOT, "deploy/config/cruvero.yaml"), "utf8");
    expect(readFileSync(path.join(CHART, "files/config-keys.yaml"), "utf8")).toBe(registry);
  });

  it.each(["dev", "staging", "prod"])("C-12: has an overlay for %s that says nothing that the defaults say", (env) => {
    const defaults = leavesOf(parse(readFileSync(path.join(CHART, "values.yaml"), "utf8")));
    const overlay = leavesOf(parse(readFileSync(path.join(CHART, `values-${env}.yaml`), "utf8")));
    const repeated = [...overlay].filter(([key, value]) => defaults.get(key) === value);
    expect(repeated).toEqual([]);
    expect(overlay.size).toBeGreaterThan(3);
    expect(overlay.size).toBeLessThan(40);
  });

  it("keeps to what a reader can hold in mind", () => {
    const lines = (file: string) => readFileSync(path.join(CHART, file), "utf8").split("\n").length;
    expect(lines("values.yaml")).toBeLessThanOrEqual(700);
    const templates = readdirSync(path.join(CHART, "templates"));
    expect(templates.filter((file) => lines(`templates/${file}`) > 150)).toEqual([]);
  });
});

describe("charts/common", () => {
  const folder = path.join(ROOT, "charts/common/templates");
  const templates = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
  const names = templates.flatMap((text) => [...text.matchAll(/define "([\w.]+)"/g)].map(([, name = ""]) => name));

  it("C-47: names every template in its README", () => {
    const readme = readFileSync(path.join(ROOT, "charts/common/README.md"), "utf8");
    const listed = [...readme.matchAll(/`(common\.\w+)`/g)].map(([, name = ""]) => name);
    expect([...new Set(listed)].sort()).toEqual([...names].sort());
  });

  it("says of every template which arguments it takes", () => {
    const documented = templates.flatMap((text) =>
      [...text.matchAll(/\nArgs: [^{]*?\*\/ -\}\}\n\{\{- define "([\w.]+)"/g)].map(([, name = ""]) => name),
    );
    expect(documented.sort()).toEqual([...names].sort());
  });
});

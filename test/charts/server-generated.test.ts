/** Holds what is made from other files of the server's chart equal to them; `vitest --update` makes it anew. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { type HostTool, hostTool } from "../support/host-tools.ts";
import { closeItems } from "./component-schema.ts";
import { leavesOf } from "./cruvero-chart.ts";
import { CHART, ENVIRONMENTS } from "./server-chart.ts";

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

describe("charts/server", () => {
  it("has the README.md that its values make, with every value described", async () => {
    const readme = await generate("helm-docs", DOCS, "README.md");
    expect(readme.split("\n").filter((line) => /^\| .*\|\s*\|$/.test(line))).toEqual([]);
    await expect(readme).toMatchFileSnapshot(path.join(CHART, "README.md"));
  });

  it("S-20, S-69, S-70, S-71, S-72: says in it how to install, scale and secure the server, and what it is not", () => {
    const readme = readFileSync(path.join(CHART, "README.md"), "utf8");
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const wanted = [
      "Quick start",
      "Scaling",
      "TLS",
      "Database",
      "Redis",
      "What this is not",
      "Security",
      "Contributing",
    ];
    expect(headings).toEqual(expect.arrayContaining(wanted));
    expect(readme).toContain("helm dependency build charts/server");
    expect(readme).toContain("Redis is wiring");
    expect(readme).toContain("The protocol between agents (A2A) is not a part of it");
  });

  it("C-14: has the values.schema.json that its values make", async () => {
    const schema: unknown = JSON.parse(await generate("helm-values-schema-json", SCHEMA, "values.schema.json"));
    const text = `${JSON.stringify(closeItems(schema), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(CHART, "values.schema.json"));
  });

  it.each(ENVIRONMENTS)("has an overlay for %s that says nothing that the defaults say", (environment) => {
    const defaults = leavesOf(parse(readFileSync(path.join(CHART, "values.yaml"), "utf8")));
    const overlay = leavesOf(parse(readFileSync(path.join(CHART, `values-${environment}.yaml`), "utf8")));
    expect([...overlay].filter(([key, value]) => defaults.get(key) === value)).toEqual([]);
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

/** Holds README.md and values.schema.json of the backing charts equal to what their values.yaml says. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hostTool } from "../support/host-tools.ts";

const CHARTS = path.resolve(import.meta.dirname, "../../charts/backing");
const NAMES = ["postgresql", "dragonfly", "qdrant", "nats", "redis"] as const;
/** What the files are made with. */
const DOCS = {
  tool: "helm-docs",
  words: ["--log-level", "warning", "--skip-version-footer", "--sort-values-order", "file"],
} as const;
const SCHEMA = {
  tool: "helm-values-schema-json",
  words: ["--draft", "7", "--indent", "2", "--no-additional-properties", "--use-helm-docs"],
} as const;

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), "slipway-generated-"));
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Makes a file of a chart anew, from copies of its sources. */
async function generate(name: string, { tool, words }: typeof DOCS | typeof SCHEMA, file: string): Promise<string> {
  for (const source of ["Chart.yaml", "values.yaml", "README.md.gotmpl"]) {
    copyFileSync(path.join(CHARTS, name, source), path.join(copy, source));
  }
  execFileSync(await hostTool(tool), words, { cwd: copy, stdio: ["ignore", "pipe", "pipe"] });
  return readFileSync(path.join(copy, file), "utf8");
}

describe.each(NAMES)("charts/backing/%s", (name) => {
  const kept = (file: string) => readFileSync(path.join(CHARTS, name, file), "utf8");

  it("has the README.md that its values make", async () => {
    expect(await generate(name, DOCS, "README.md")).toBe(kept("README.md"));
  });

  it("has the values.schema.json that its values make", async () => {
    expect(await generate(name, SCHEMA, "values.schema.json")).toBe(kept("values.schema.json"));
  });

  it("describes every value", () => {
    const rows = kept("README.md")
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| Key "));
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });

  it("closes every map of its own in the schema", () => {
    expect(openMaps(JSON.parse(kept("values.schema.json")))).toEqual(["common", "global"]);
  });
});

/** Lists the maps that admit any key, by path; those of Kubernetes' own forms, inside of lists, are not looked at. */
function openMaps(schema: unknown, at: readonly string[] = []): string[] {
  if (typeof schema !== "object" || schema === null || !("type" in schema) || schema.type !== "object") return [];
  const open = !("additionalProperties" in schema) || schema.additionalProperties === true ? [at.join(".")] : [];
  const properties = "properties" in schema && typeof schema.properties === "object" ? (schema.properties ?? {}) : {};
  return [...open, ...Object.entries(properties).flatMap(([key, value]) => openMaps(value, [...at, key]))];
}

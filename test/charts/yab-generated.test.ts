/** Holds what is made from other files of the charts api, web and admin equal to them; `vitest --update` makes it anew. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type HostTool, hostTool } from "../support/host-tools.ts";
import { closeItems } from "./component-schema.ts";
import { ROOT } from "./cruvero-chart.ts";

const DOCS = ["--log-level", "warning", "--skip-version-footer", "--sort-values-order", "file"];
const SCHEMA = ["--draft", "7", "--indent", "2", "--no-additional-properties", "--use-helm-docs"];
const HEADINGS = [
  "Quick start",
  "Environment variables",
  "Scaling levers",
  "Probes",
  "Examples",
  "Troubleshooting",
  "Parameters",
];

describe.each(["api", "web", "admin"])("charts/%s", (name) => {
  const chart = path.join(ROOT, "charts", name);
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(path.join(tmpdir(), "slipway-generated-"));
    for (const file of ["Chart.yaml", "values.yaml", "README.md.gotmpl"]) {
      cpSync(path.join(chart, file), path.join(copy, file));
    }
  });

  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  async function generate(tool: HostTool, words: readonly string[], file: string): Promise<string> {
    execFileSync(await hostTool(tool), words, { cwd: copy, stdio: ["ignore", "pipe", "pipe"] });
    return readFileSync(path.join(copy, file), "utf8");
  }

  it("Y-88, Y-89: has the README.md that its values make, with every value described and all sections", async () => {
    const readme = await generate("helm-docs", DOCS, "README.md");
    expect(readme.split("\n").filter((line) => /^\| .*\|\s*\|$/.test(line))).toEqual([]);
    expect([...readme.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    await expect(readme).toMatchFileSnapshot(path.join(chart, "README.md"));
  });

  it("has the values.schema.json that its values make", async () => {
    const text = await generate("helm-values-schema-json", SCHEMA, "values.schema.json");
    await expect(`${JSON.stringify(closeItems(JSON.parse(text)), null, 2)}\n`).toMatchFileSnapshot(
      path.join(chart, "values.schema.json"),
    );
  });
});

describe("charts/api", () => {
  it("C-13: carries the registry of configuration keys that the platform has", () => {
    const registry = readFileSync(path.join(ROOT, "deploy/config/yab.yaml"), "utf8");
    expect(readFileSync(path.join(ROOT, "charts/api/files/config-keys.yaml"), "utf8")).toBe(registry);
  });
});

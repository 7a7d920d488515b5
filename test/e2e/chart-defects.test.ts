/** Every defect that is planted into a copy of the charts is caught by the rule that it is planted for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { dag } from "@dagger.io/dagger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { DEFECTS, type Defect, originOf, plantDefects, readDefects, UNTOUCHED } from "./support/planted-defects.ts";
import { inEngine, slipway } from "./support/slipway.ts";

/** Copies of one call: each runs a dozen programs at once, and all copies together would need too much memory. */
const BATCH = 8;

const reportSchema = z.object({
  findings: z.array(
    z.object({
      ...{ rule: z.string(), chart: z.string(), environment: z.string(), object: z.string() },
      ...{ path: z.string(), reason: z.string(), fix: z.string() },
    }),
  ),
});
type Found = z.infer<typeof reportSchema>["findings"][number];

const defects = readDefects(DEFECTS);
const folders: string[] = [];
/** Findings by the name of the copy that they are in; the untouched copy is in every call. */
const found = new Map<string, Found[]>([[UNTOUCHED, []]]);

/** What `findings` gives for copies with these defects. */
async function findingsOf(batch: readonly Defect[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-defects-"));
  folders.push(folder);
  plantDefects(folder, batch);
  const source = dag.host().directory(folder, { noCache: true });
  const file = await slipway({ source, platform: "deploy/platform.yaml", revision: "" }).findings();
  const names = [UNTOUCHED, ...batch.map(({ name }) => name)];
  for (const finding of reportSchema.parse(JSON.parse(await file.contents())).findings) {
    const { name, object } = originOf(finding.chart, finding.object, names);
    found.set(name, [...(found.get(name) ?? []), { ...finding, object }]);
  }
}

beforeAll(async () => {
  await inEngine(async () => {
    for (let first = 0; first < defects.length; first += BATCH) await findingsOf(defects.slice(first, first + BATCH));
  });
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("a copy of the charts", () => {
  it("has no finding as it is", () => {
    expect(found.get(UNTOUCHED)).toEqual([]);
  });

  it("has no finding that belongs to no copy", () => {
    const names = new Set([UNTOUCHED, ...defects.map(({ name }) => name)]);
    expect([...found.keys()].filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(defects)("has the finding of $name", ({ name, rule, environment, object, reason }) => {
    const own = found.get(name) ?? [];
    const caught = own.filter((each) => {
      return each.rule === rule && each.environment === environment && each.object === object;
    });
    const said = own.map((each) => `${each.rule} (${each.environment}) ${each.object}: ${each.reason}`).join("\n");
    expect(caught.length, `no ${rule} (${environment}) in ${object}; found was:\n${said}`).toBeGreaterThan(0);
    expect(caught.map((each) => each.reason).join("\n")).toContain(reason);
    expect(caught.filter(({ fix }) => fix === "")).toEqual([]);
  });
});

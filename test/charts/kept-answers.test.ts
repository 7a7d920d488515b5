/** Holds what is kept of the tools' answers to what they would say now: what has changed is rendered, and judged, anew. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";

import { Charts } from "../support/charts.ts";
import { documentsOf } from "../support/yaml-documents.ts";

const CHART = "backing/redis";
const service = z.looseObject({
  kind: z.literal("Service"),
  spec: z.looseObject({ ports: z.array(z.looseObject({ port: z.number() })) }),
});
const stateful = z.looseObject({
  kind: z.literal("StatefulSet"),
  spec: z.looseObject({
    revisionHistoryLimit: z.number(),
    template: z.looseObject({ spec: z.looseObject({ terminationGracePeriodSeconds: z.number() }) }),
  }),
});

let charts: Charts;

beforeEach(async () => {
  charts = await Charts.copy("common", CHART);
});

afterEach(() => {
  charts.remove();
});

/** Changes a text that a file of the charts has. */
function change(file: string, from: string, to: string): void {
  const full = charts.at(file);
  const text = readFileSync(full, "utf8");
  expect(text).toContain(from);
  writeFileSync(full, text.replaceAll(from, to));
}

function rendered(): string {
  return charts.text("helm", ["template", "shop", charts.at(CHART)]);
}

/** What the render says in three places: of the chart's template, of its values and of the library. */
function facts() {
  const documents = documentsOf(rendered());
  const [ports] = documents.flatMap((each) => service.safeParse(each).data?.spec.ports.map(({ port }) => port) ?? []);
  const [spec] = documents.flatMap((each) => stateful.safeParse(each).data?.spec ?? []);
  return [ports, spec?.template.spec.terminationGracePeriodSeconds, spec?.revisionHistoryLimit];
}

function verdict(): number | null {
  return charts.ask("helm-unittest", ["--strict", "--file", "unittests/objects_test.yaml", charts.at(CHART)]).status;
}

it("is what helm says now", () => {
  const words = ["template", "shop", charts.at(CHART)];
  rendered();
  expect(rendered()).toBe(execFileSync(charts.program("helm"), words, { encoding: "utf8" }));
});

it("is rendered anew where a template, a value or the library that is packed into the chart has changed", () => {
  expect(facts()).toEqual([6379, 60, 3]);
  change(`${CHART}/templates/service-headless.yaml`, '"port" 6379', '"port" 6380');
  expect(facts()).toEqual([6380, 60, 3]);
  change(`${CHART}/values.yaml`, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 61");
  expect(facts()).toEqual([6380, 61, 3]);
  change("common/templates/_statefulset.tpl", "revisionHistoryLimit: 3", "revisionHistoryLimit: 4");
  // Not packed yet.
  expect(facts()).toEqual([6380, 61, 3]);
  execFileSync(charts.program("helm"), ["dependency", "build", charts.at(CHART)], { stdio: "ignore" });
  expect(facts()).toEqual([6380, 61, 4]);
});

it("never has a chart that fails its tests for one that passes", () => {
  const template = `${CHART}/templates/service.yaml`;
  expect(verdict()).toBe(0);
  change(template, '"port" 6379', '"port" 6380');
  expect([verdict(), verdict()]).toEqual([1, 1]);
  change(template, '"port" 6380', '"port" 6379');
  expect(verdict()).toBe(0);
  change(`${CHART}/unittests/objects_test.yaml`, "port: 6379", "port: 6380");
  expect(verdict()).toBe(1);
});

/** Holds the list of raw manifests that Cruvero's plan speaks of to what the chart's templates render. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseManifests } from "../../src/charts/manifest.ts";
import { readDocument, tableBelow } from "../support/documents.ts";
import { CruveroChart } from "./cruvero-chart.ts";

const ROWS = tableBelow(readDocument("docs/naming.md"), "## Raw manifests of the plan").map((cells) =>
  cells.map((cell) => cell.replaceAll("`", "")),
);

let chart: CruveroChart;
let rendered: string[];

beforeAll(async () => {
  chart = await CruveroChart.open();
  const { status, output } = chart.run("template", chart.overlay("prod"));
  if (status !== 0) throw new Error(output);
  rendered = parseManifests(output, "cruvero (prod)").map(
    ({ kind, template, labels }) => `${kind} ${labels["app.kubernetes.io/component"] ?? ""} ${template}`,
  );
});

afterAll(() => {
  chart.remove();
});

describe("C-22: the raw manifests of the plan", () => {
  it.each(ROWS)("have a template for %s of %s", (kind, component, template) => {
    expect(rendered).toContain(`${kind} ${component} cruvero/templates/${template}`);
  });

  it("are of each component that the plan names", () => {
    const of = (kind: string) => ROWS.flatMap(([each, component]) => (each === kind ? [component] : [])).sort();
    expect(of("Deployment")).toEqual(["api", "embed-worker", "graph-worker", "ui", "worker"]);
    expect(of("Job")).toEqual(["migrator"]);
    expect(of("Service")).toEqual(["api", "ui"]);
    expect(of("Ingress")).toEqual(["ui"]);
  });
});

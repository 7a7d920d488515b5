import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { absentNotes, componentsOf, unchangedDeployments } from "../../../src/cluster/lifecycle-changes.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

function manifests(image: string, replicas = 1) {
  const text = ["api", "page"]
    .map((name) =>
      JSON.stringify({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: {
          replicas,
          template: {
            metadata: { labels: { "app.kubernetes.io/component": name } },
            spec: { containers: [{ name, image: name === "api" ? image : "page:1" }] },
          },
        },
      }),
    )
    .join("\n---\n");
  return parseManifests(text, "shop (dev)");
}

describe("unchangedDeployments", () => {
  it("names those whose pods an upgrade leaves as they are, whatever else it changes", () => {
    expect(unchangedDeployments(manifests("api:1"), manifests("api:2", 2))).toEqual(["deployment/page"]);
    expect(unchangedDeployments(manifests("api:1"), manifests("api:1"))).toEqual(["deployment/api", "deployment/page"]);
  });

  it("does not name what there was not before", () => {
    expect(unchangedDeployments([], manifests("api:1"))).toEqual([]);
  });
});

describe("componentsOf", () => {
  it("names what keeps pods running, and leaves out what ends by itself", () => {
    const job = JSON.stringify({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "migrate" },
      spec: { template: { spec: { containers: [] } } },
    });
    expect(componentsOf([...manifests("api:1"), ...parseManifests(job, "shop (dev)")])).toEqual([
      { component: "api", workload: "deployment/api" },
      { component: "page", workload: "deployment/page" },
    ]);
  });
});

describe("absentNotes", () => {
  it("names what is to be restarted and is not there, as a database that is outside or a misspelled component", () => {
    const [chart] = parsePlatform(
      "systems: { shop: { source: ., charts: { shop: { path: charts/shop, environments: { dev: [] }, lifecycle: { restart: [api, database] } } } } }",
      "ship.yaml",
    ).charts;
    expect(chart === undefined ? [] : absentNotes(chart, manifests("api:1"))).toEqual([
      "shop has no database here, which was not restarted therefore",
    ]);
  });
});

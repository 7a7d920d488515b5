import { describe, expect, it } from "vitest";

import { objectName, parseManifests } from "../../../src/charts/manifest.ts";
import { containersOf, workloadsOf } from "../../../src/charts/workload.ts";

const RENDER = `---
# Source: shop/templates/empty.yaml
---
# Source: shop/templates/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop, labels: { a: "1" } }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/component: api } }
    spec:
      initContainers: [{ name: wait }]
      containers: [{ name: api }, { name: proxy }]
--- # hooks
# Source: shop/templates/migrate.yaml
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    "helm.sh/hook": pre-install, pre-upgrade
spec: { template: { spec: { containers: [{ name: migrate }] } } }
`;

describe("parseManifests", () => {
  it("gives each object with its template and line, and leaves out empty documents", () => {
    const manifests = parseManifests(RENDER, "shop (dev)");
    expect(manifests).toMatchObject([
      { template: "shop/templates/api.yaml", line: 4, kind: "Deployment", namespace: "shop", labels: { a: "1" } },
      { template: "shop/templates/migrate.yaml", line: 15, kind: "Job", namespace: "" },
    ]);
    expect(manifests.map(objectName)).toEqual(["Deployment shop/api", "Job migrate"]);
  });

  it.each([
    {
      title: "a document that is no YAML",
      text: "# Source: a/b.yaml\napiVersion: v1\nkind: A\n---\n# Source: a/c.yaml\na: b: c\n",
      says: /^\[gate\] shop \(dev\), a\/c\.yaml, line 6 of the render: Nested mappings /,
    },
    {
      title: "a key that stands twice",
      text: "kind: A\nkind: B\n",
      says: /line 2 of the render: Map keys must be unique/,
    },
    {
      title: "a document that is no object",
      text: "# Source: a/b.yaml\nhello: 1\n",
      says: /a\/b\.yaml, line 1 of the render: a document without apiVersion and kind/,
    },
  ])("refuses $title", ({ text, says }) => {
    expect(() => parseManifests(text, "shop (dev)")).toThrow(says);
  });
});

describe("workloadsOf", () => {
  it("finds the pods of workloads and hooks, with the paths of their containers", () => {
    const workloads = workloadsOf(parseManifests(RENDER, "shop (dev)"));
    expect(workloads).toMatchObject([
      { labels: { "app.kubernetes.io/component": "api" }, hooks: [], specPath: ["spec", "template", "spec"] },
      { labels: {}, hooks: ["pre-install", "pre-upgrade"] },
    ]);
    expect(workloads.flatMap(containersOf).map(({ name, path }) => `${path.join(".")} ${name}`)).toEqual([
      "spec.template.spec.initContainers.0 wait",
      "spec.template.spec.containers.0 api",
      "spec.template.spec.containers.1 proxy",
      "spec.template.spec.containers.0 migrate",
    ]);
  });
});

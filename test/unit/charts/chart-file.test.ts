import { describe, expect, it } from "vitest";

import { readDependencies } from "../../../src/charts/chart-file.ts";

describe("readDependencies", () => {
  it("finds the charts of the same source", () => {
    const text = `apiVersion: v2
name: shop
dependencies:
  - { name: common, version: 0.1.0, repository: "file://../common" }
  - name: redis
    version: 1.0.0
    repository: https://charts.example.com
  - { name: cache, version: 0.1.0, repository: file://./parts//cache }
`;
    expect(readDependencies(text, "charts/shop")).toEqual({
      any: true,
      local: [
        { name: "common", path: "charts/common", place: "charts/shop/Chart.yaml:4" },
        { name: "cache", path: "charts/shop/parts/cache", place: "charts/shop/Chart.yaml:8" },
      ],
    });
  });

  it("finds none where there are none", () => {
    expect(readDependencies("name: shop\n", ".")).toEqual({ any: false, local: [] });
  });

  it.each(["file:///srv/charts/common", "file://../../../common"])("refuses %s", (repository) => {
    const text = `name: shop\ndependencies:\n  - { name: common, repository: "${repository}" }\n`;
    expect(() => readDependencies(text, "charts/shop")).toThrow(
      `[config] charts/shop/Chart.yaml:3: the dependency common lies in ${repository}, outside the source directory\n` +
        "Next: move the chart into the source directory, or publish it and name its repository",
    );
  });

  it("refuses what is no YAML", () => {
    expect(() => readDependencies("name: shop\n\tversion: 1\n", "charts/shop")).toThrow(
      "[config] charts/shop/Chart.yaml:2: a tab as indentation",
    );
  });
});

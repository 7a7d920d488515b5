/** The functions over charts, on a small platform that is broken in one way after the other. */
import path from "node:path";

import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { parseManifests } from "../../src/charts/manifest.ts";
import { Environment, type Slipway } from "../../src/index.ts";
import { inEngine, ROOT, slipway } from "./support/slipway.ts";

const CHART = "charts/shop";

/** The platform of charts alone. */
function shop(): Directory {
  return dag.host().directory(path.join(ROOT, "test/fixtures/shop"), { noCache: true });
}

function over(source: Directory): Slipway {
  return slipway({ source, platform: "platform.yaml" });
}

describe("a platform of charts that someone else wrote", () => {
  it("gets its dependencies, a lint table, and manifests per environment", async () => {
    await inEngine(async () => {
      const module = over(shop());
      const charts = await module.dependencyBuild();
      expect(await charts.glob("shop/charts/*")).toEqual(["shop/charts/parts-0.1.0.tgz"]);
      expect(await module.lint()).toBe(
        "CHART  ENVIRONMENT  OBJECTS  LINT  RENDER\nshop   dev                1     0       0\nshop   prod               1     0       0",
      );
      const rendered = await module.render(Environment.Production);
      expect(await rendered.entries()).toEqual(["shop.yaml"]);
      const [deployment] = parseManifests(await rendered.file("shop.yaml").contents(), "shop");
      expect(deployment).toMatchObject({
        ...{ kind: "Deployment", name: "shop", namespace: "market" },
        body: { spec: { replicas: 3 } },
      });
    });
  });
});

describe("bad input names file, line and next step:", () => {
  it.each([
    {
      title: "an overlay with a wrong type",
      plant: (source: Directory) => source.withNewFile(`${CHART}/values-prod.yaml`, "# two\nreplicas: two\n"),
      says: [
        "[gate] helm lint --strict: 2 findings in shop",
        "helm-lint  shop (prod)\n  object  charts/shop/values-prod.yaml\n  path    line 2, replicas\n  found   got string, want integer",
      ],
    },
    {
      title: "an overlay with a key that no template knows",
      plant: (source: Directory) => source.withNewFile(`${CHART}/values-dev.yaml`, "color: red\n"),
      says: [
        "object  charts/shop/values-dev.yaml\n  path    line 1, the root\n  found   additional properties 'color' not allowed",
      ],
    },
    {
      title: "an overlay that is no YAML",
      plant: (source: Directory) => source.withNewFile(`${CHART}/values-dev.yaml`, 'colour: "red\n'),
      says: ["object  charts/shop/values-dev.yaml\n  path    line 2", "correct the YAML at that line"],
    },
    {
      title: "values that are no YAML",
      plant: (source: Directory) => source.withNewFile(`${CHART}/values.yaml`, "a: b\n  c: d\n"),
      says: ["object  charts/shop/values.yaml\n  path    line 2"],
    },
    {
      title: "a template that panics",
      plant: (source: Directory) => source.withNewFile(`${CHART}/templates/x.yaml`, "\n\na: {{ .Values.a.b.c }}\n"),
      says: [
        "object  charts/shop/templates/x.yaml\n  path    line 3",
        "nil pointer evaluating",
        "correct the template at that line",
      ],
    },
    {
      title: "a template that helm cannot parse",
      plant: (source: Directory) => source.withNewFile(`${CHART}/templates/x.yaml`, "{{ if }}\n"),
      says: ["object  charts/shop/templates/x.yaml\n  path    line 1", "missing value for if"],
    },
    {
      title: "a guard of the chart, which helm lint alone lets pass (A-31)",
      plant: (source: Directory) =>
        source.withNewFile(
          `${CHART}/templates/guard.yaml`,
          '{{ if gt (int .Values.replicas) 2 }}{{ fail "shop: replicas: at most 2" }}{{ end }}\n',
        ),
      says: [
        "[gate] helm lint --strict: 1 finding in shop",
        "helm-template  shop (prod)\n  object  charts/shop/templates/guard.yaml\n  path    line 1",
        "at most 2",
      ],
    },
    {
      title: "an overlay that is not there",
      plant: (source: Directory) => source.withoutFile(`${CHART}/values-prod.yaml`),
      says: [
        "[config] platform.yaml:9: environment prod of the chart shop names the overlay charts/shop/values-prod.yaml, which is not there",
        "Next: add it, or name one of: values-dev.yaml, values.yaml",
      ],
    },
    {
      title: "a dependency whose folder is not there",
      plant: (source: Directory) => source.withoutDirectory("charts/parts"),
      says: [
        "[config] charts/shop/Chart.yaml:7 names the chart parts in charts/parts, and charts/parts/Chart.yaml is not there",
      ],
    },
    {
      title: "a chart that is not there",
      plant: (source: Directory) => source.withoutDirectory(CHART),
      says: ["[config] platform.yaml:8 names the chart charts/shop, and charts/shop/Chart.yaml is not there"],
    },
    {
      title: "a Chart.lock out of step",
      plant: (source: Directory) =>
        source.withNewFile("charts/parts/Chart.yaml", "apiVersion: v2\nname: parts\ntype: library\nversion: 0.2.0\n"),
      says: ["[config] charts/shop/Chart.yaml: helm dependency build failed", "Next: "],
    },
  ])("$title", async ({ plant, says }) => {
    await inEngine(async () => {
      const failed = over(plant(shop())).lint();
      for (const text of says) await expect(failed).rejects.toThrow(text);
      await expect(failed).rejects.toThrow(/\nNext: ./);
      await expect(failed).rejects.not.toThrow(/xxh3|traceparent|\/chart\//);
    });
  });

  it("an environment that no chart has", async () => {
    await inEngine(async () => {
      await expect(over(shop()).render(Environment.Staging)).rejects.toThrow(
        "[config] no chart of platform.yaml has the environment staging\nNext: one of: dev, prod",
      );
    });
  });
});

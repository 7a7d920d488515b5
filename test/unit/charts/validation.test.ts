import { describe, expect, it } from "vitest";

import { parseConfigRegistry } from "../../../src/charts/config-registry.ts";
import { type CheckedChart, chartFindings, rendersOf } from "../../../src/charts/validation.ts";

const SERVICE = "---\n# Source: shop/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n";
const TWICE = `${SERVICE}  name: shop\n`;
const REGISTRY =
  '- name: LOG_LEVEL\n  components: [shop]\n  kind: config\n  required: false\n  default: "info"\n  description: Least level that is logged.\n';

/** A chart whose tools had these results, for dev. */
function checked(results: Readonly<Record<string, string>>): CheckedChart {
  return {
    spec: {
      ...{ system: "market", name: "shop", path: "charts/shop", release: "shop", namespace: "market" },
      ...{ images: {}, lockedImages: {}, withoutImage: {}, environments: { dev: [] }, secrets: {}, withoutHttp: [] },
      ...{ throwAway: {}, checks: [] },
    },
    environments: ["dev"],
    results: new Map(Object.entries(results)),
    texts: new Map(),
    registry: parseConfigRegistry(REGISTRY, "registry.yaml"),
    kubernetes: [],
  };
}

/** What is said of renders that cannot be read. */
function unreadable(results: Readonly<Record<string, string>>) {
  const chart = checked(results);
  const { renders, findings } = rendersOf(chart);
  const all = [...findings, ...chartFindings(chart, renders)];
  return all
    .filter(({ rule }) => rule === "render-yaml")
    .map(({ chart: name, environment, object }) => ({ name, environment, object }));
}

const AT = { name: "shop", object: "shop/templates/service.yaml" };

describe("a render that helm took for YAML and is none", () => {
  it.each([
    { title: "of an environment", results: { "dev/manifests.yaml": TWICE }, expected: [{ ...AT, environment: "dev" }] },
    {
      title: "by helm 4 alone",
      results: { "dev/manifests.yaml": SERVICE, "dev/helm-4.yaml": TWICE, "dev/helm-4.yaml.exit": "0" },
      expected: [{ ...AT, environment: "dev" }],
    },
    {
      title: "without any values",
      results: {
        ...{ "dev/manifests.yaml": SERVICE, "dev/helm-4.yaml": SERVICE, "dev/helm-4.yaml.exit": "0" },
        ...{ "defaults/manifests.yaml": TWICE, "defaults/manifests.yaml.exit": "0" },
      },
      expected: [{ ...AT, environment: "" }],
    },
    { title: "nowhere", results: { "dev/manifests.yaml": SERVICE }, expected: [] },
  ])("is a finding and stops no other check: $title", ({ results, expected }) => {
    expect(unreadable(results)).toEqual(expected);
  });
});

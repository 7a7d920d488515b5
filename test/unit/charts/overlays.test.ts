import { describe, expect, it } from "vitest";

import { checkOverlays, type OverlaidChart } from "../../../src/charts/overlays.ts";
import { only } from "./rules/render.ts";

const CHART: OverlaidChart = {
  chart: "shop",
  defaults: {
    image: { repository: "shop/api", tag: "" },
    replicas: 1,
    ports: [80, 443],
    podLabels: {},
    resources: { limits: { cpu: "1" } },
    affinity: null,
    cache: { enabled: false },
  },
  dependencies: { cache: { enabled: true, size: "1Gi" }, search: undefined },
  hasSchema: true,
  environments: {},
};

const overlay = (text: string, name = "prod") => ({ file: `charts/shop/values-${name}.yaml`, text });

/** What is found in one overlay for prod, as `line: key`. */
function found(text: string, chart: Partial<OverlaidChart> = {}): string[] {
  const findings = checkOverlays({ ...CHART, ...chart, environments: { prod: [overlay(text)] } });
  return findings.map(({ path, reason }) => `${path}: ${reason.split(" ")[0] ?? ""}`);
}

describe("checkOverlays", () => {
  it.each([
    "",
    "# nothing\n",
    "replicas: 3\nimage: { tag: '1.2' }",
    "ports: [80]",
    "ports: [443, 80]",
    "replicas: '1'",
    "replicas: 0",
    "podLabels: { a: b }",
    "affinity: { nodeAffinity: {} }",
    "resources: null",
    "cache: { enabled: true, size: 2Gi }",
    "search: { anything: 1 }",
    "global: { imageRegistry: mirror }",
    "replicas: [",
  ])("is content with what makes a difference, and leaves mistakes of YAML to helm: %j", (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each([
    { text: "image:\n  # the same\n  repository: shop/api\n  tag: '1'\n", expected: ["line 3: image.repository"] },
    { text: "a: 1\nreplicas: 1", expected: ["line 2: replicas"] },
    { text: "ports:\n  - 80\n  - 443", expected: ["line 1: ports"] },
    { text: "podLabels: {}", expected: ["line 1: podLabels"] },
    { text: "resources: {}", expected: ["line 1: resources"] },
    { text: "resources: { limits: {} }", expected: ["line 1: resources.limits"] },
    { text: "affinity: null", expected: ["line 1: affinity"] },
    { text: "replicas: 2\nnothing: null", expected: ["line 2: nothing"] },
    { text: "cache: { size: 1Gi }", expected: ["line 1: cache.size"] },
    { text: "cache: { enabled: false }", expected: ["line 1: cache.enabled"] },
    { text: "image: { tag: '' }\nreplicas: 1", expected: ["line 1: image.tag", "line 2: replicas"] },
  ])("finds what changes nothing in $text", ({ text, expected }) => {
    expect(found(text)).toEqual(expected);
  });

  it("names rule, file, line, value and what to do", () => {
    expect(only(checkOverlays({ ...CHART, environments: { prod: [overlay("\nreplicas: 1")] } }))).toEqual({
      ...{
        rule: "overlay-minimal",
        chart: "shop",
        environment: "",
        object: "charts/shop/values-prod.yaml",
        path: "line 2",
      },
      reason: "replicas is 1, as it is without the overlay; allowed is what makes a difference (prod)",
      fix: "remove it from the overlay",
    });
  });

  it("compares an overlay with the overlays before it, not with the defaults alone", () => {
    const back = [overlay("replicas: 3", "base"), overlay("replicas: 1", "prod")];
    expect(checkOverlays({ ...CHART, environments: { prod: back } })).toEqual([]);
    const again = [overlay("replicas: 3", "base"), overlay("replicas: 3", "prod")];
    expect(only(checkOverlays({ ...CHART, environments: { prod: again } })).object).toBe(
      "charts/shop/values-prod.yaml",
    );
    const removed = [overlay("resources: null", "base"), overlay("resources: null", "prod")];
    expect(checkOverlays({ ...CHART, environments: { prod: removed } })).toHaveLength(1);
  });

  it("leaves values that the chart does not know to its schema, and finds them where it has none", () => {
    const text =
      "replcas: 2\nimage: { registry: mirror }\npodLabels: { a: b }\ncache: { sise: 1 }\nsearch: { a: 1 }\nglobal: { a: 1 }";
    expect(found(text)).toEqual([]);
    expect(found(text, { hasSchema: false })).toEqual([
      "line 1: replcas",
      "line 2: image.registry",
      "line 4: cache.sise",
    ]);
    const findings = checkOverlays({ ...CHART, hasSchema: false, environments: { dev: [overlay("replcas: 2")] } });
    expect(only(findings).fix).toBe("write replicas");
  });
});

import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { loadPods, parseLoadReport } from "../../../src/cluster/lifecycle-pods.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

function chart(from: string) {
  const text = `
systems:
  shop:
    source: shop
    namespace: shop
    charts:
      shop:
        path: charts/shop
        environments: { dev: [] }
        lifecycle:
          load:
            - { name: pages, from: ${from}, rate: 20, requests: [{ request: GET http://shop:8080/ }] }
`;
  const [found] = parsePlatform(text, "ship.yaml").charts;
  if (found === undefined) throw new Error("no chart");
  return found;
}

const MANIFESTS = parseManifests(
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "test", labels: { "app.kubernetes.io/component": "test", tier: "outer" } },
    spec: { containers: [] },
  }),
  "shop (dev)",
);

describe("loadPods", () => {
  it("asks with the labels, and so the rights, of the component", () => {
    const [pod, ...rest] = loadPods(chart("test"), MANIFESTS);
    expect(rest).toEqual([]);
    expect(pod).toMatchObject({
      chart: "shop",
      namespace: "shop",
      name: "slipway-load-shop-test",
      manifest: { metadata: { labels: { "app.kubernetes.io/component": "test", tier: "outer" } } },
    });
    expect(chart("test").lifecycle).toMatchObject({ restart: [], keep: ["PersistentVolumeClaim"] });
  });

  it("refuses a component that no pod of the render has", () => {
    expect(() => loadPods(chart("tset"), MANIFESTS)).toThrow(/names the component tset[\s\S]*Next: name one of: test/);
  });
});

describe("parseLoadReport", () => {
  it("reads the last line, of the chart that is asked", () => {
    const load = { name: "pages", rate: 20, phases: [], promised: 1, lost: 0, firstLost: [] };
    const output = `starting\n${JSON.stringify({ phases: [{ phase: "calm", seconds: 3 }], loads: [load] })}\n`;
    expect(parseLoadReport("shop", output)).toEqual({
      phases: [{ phase: "calm", seconds: 3 }],
      loads: [{ chart: "shop", ...load }],
    });
  });

  it("finds nothing in what a program printed that ended early", () => {
    expect(parseLoadReport("shop", "panic: out of memory\n")).toBeUndefined();
  });
});

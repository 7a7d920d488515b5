import { describe, expect, it } from "vitest";

import { SELECTOR_LABELS } from "../../../../src/charts/rules/selector-labels.ts";
import { placesIn, renderFor } from "./render.ts";

const object = (kind: string, spec: string) =>
  `{ apiVersion: v1, kind: ${kind}, metadata: { name: a, labels: { helm.sh/chart: shop-1.2.3 } }, spec: { ${spec} } }`;
const GOOD = "app.kubernetes.io/name: shop, app.kubernetes.io/instance: shop, app.kubernetes.io/component: api";
const claims = (metadata: string) => `volumeClaimTemplates: [{ metadata: { name: data, ${metadata} } }]`;

describe("selector-labels", () => {
  it("is content where only the labels of metadata and of pods carry a version", () => {
    const versioned = "metadata: { labels: { app.kubernetes.io/version: 1.2.3, helm.sh/chart: shop-1.2.3 } }";
    const documents = [
      object("Deployment", `selector: { matchLabels: { ${GOOD} } }, template: { ${versioned} }`),
      object(
        "StatefulSet",
        `selector: { matchLabels: { ${GOOD} } }, template: { metadata: { labels: { app.kubernetes.io/version: "17" } } }, ${claims(`labels: { ${GOOD} }`)}`,
      ),
      object("Service", `selector: { ${GOOD}, address: 10-0-0-1 }`),
      object("NetworkPolicy", "podSelector: {}"),
    ];
    expect(placesIn(SELECTOR_LABELS, ...documents)).toEqual([]);
  });

  it.each(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "PodDisruptionBudget"])(
    "finds a version in the selector of a %s",
    (kind) => {
      expect(
        placesIn(
          SELECTOR_LABELS,
          object(kind, `selector: { matchLabels: { ${GOOD}, app.kubernetes.io/version: "1" } }`),
        ),
      ).toEqual([`${kind} a spec.selector.matchLabels["app.kubernetes.io/version"]`]);
    },
  );

  it.each([
    { label: "helm.sh/chart: shop", because: "its key is that of the chart" },
    { label: "chart: anything", because: "its key is chart" },
    { label: "release: v1.2.3", because: "its value is a version" },
    { label: "tier: backend-2.10.4", because: "its value ends in a version" },
    { label: "group: shop-2", because: "its value is the chart with a version" },
    { label: "checksum: abc", because: "its key is a checksum" },
  ])("finds $label, for $because", ({ label }) => {
    expect(placesIn(SELECTOR_LABELS, object("Service", `selector: { ${label} }`))).toHaveLength(1);
    expect(
      placesIn(SELECTOR_LABELS, object("NetworkPolicy", `podSelector: { matchLabels: { ${label} } }`)),
    ).toHaveLength(1);
  });

  it("finds versions in labels and annotations of volume claim templates", () => {
    const spec = claims("labels: { helm.sh/chart: shop-1.2.3, app: a }, annotations: { version: '1' }");
    expect(SELECTOR_LABELS.check(renderFor("prod", object("StatefulSet", spec)))).toMatchObject([
      {
        path: 'spec.volumeClaimTemplates[0].metadata.labels["helm.sh/chart"]',
        reason:
          '"shop-1.2.3" changes with the version, and Kubernetes lets no upgrade change it; allowed are labels that stay',
      },
      { path: "spec.volumeClaimTemplates[0].metadata.annotations.version" },
    ]);
  });

  it("finds the chart among the pod labels of a StatefulSet, which every new chart would restart", () => {
    expect(
      placesIn(
        SELECTOR_LABELS,
        object("StatefulSet", "template: { metadata: { labels: { helm.sh/chart: shop-1.2.3 } } }"),
      ),
    ).toEqual(['StatefulSet a spec.template.metadata.labels["helm.sh/chart"]']);
  });
});

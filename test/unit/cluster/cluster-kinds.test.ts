import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { checkKinds, KindsMissingError, parseKinds } from "../../../src/cluster/cluster-kinds.ts";

/** As kubectl prints it: short names are a column of their own, or none. */
const RESOURCES = `configmaps                 cm       v1                         true    ConfigMap
nodes                      no       v1                         false   Node
horizontalpodautoscalers   hpa      autoscaling/v2             true    HorizontalPodAutoscaler
clusterroles                        rbac.authorization.k8s.io/v1   false   ClusterRole
`;

function render(apiVersion: string, kind: string) {
  const text = `# Source: shop/templates/it.yaml\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: it }\n`;
  return parseManifests(text, "shop (dev)");
}

describe("parseKinds", () => {
  it("reads group, kind and scope of each line, with and without short names", () => {
    expect(parseKinds(RESOURCES)).toEqual([
      { group: "", kind: "ConfigMap", isNamespaced: true },
      { group: "", kind: "Node", isNamespaced: false },
      { group: "autoscaling", kind: "HorizontalPodAutoscaler", isNamespaced: true },
      { group: "rbac.authorization.k8s.io", kind: "ClusterRole", isNamespaced: false },
    ]);
  });
});

describe("checkKinds", () => {
  const kinds = parseKinds(RESOURCES);

  it.each([
    ["v1", "ConfigMap"],
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    // Not the version that is listed, which says nothing of the others.
    ["autoscaling/v1", "HorizontalPodAutoscaler"],
  ])("takes %s %s, which the cluster knows", (apiVersion, kind) => {
    expect(() => {
      checkKinds("shop", render(apiVersion, kind), kinds);
    }).not.toThrow();
  });

  it.each([
    ["monitoring.coreos.com/v1", "ServiceMonitor"],
    // The same word in another group is another kind.
    ["shop.example.com/v1", "ConfigMap"],
  ])("refuses %s %s, which the cluster does not know", (apiVersion, kind) => {
    expect(() => {
      checkKinds("shop", render(apiVersion, kind), kinds);
    }).toThrow(KindsMissingError);
  });

  it("names kind, chart and template, and what to do", () => {
    expect(new KindsMissingError("shop", render("monitoring.coreos.com/v1", "ServiceMonitor")).message)
      .toMatchInlineSnapshot(`
        "[config] shop installs kinds that the cluster of --kubeconfig does not know, and a cluster of others is not changed for a test:
          monitoring.coreos.com/v1 ServiceMonitor it (shop/templates/it.yaml)
        Next: let its administrator install what defines these kinds, turn these objects off in the overlay, or leave --kubeconfig out, so that the test starts a cluster of its own"
      `);
  });
});

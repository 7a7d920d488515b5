import { describe, expect, it } from "vitest";

import { NAMESPACE } from "../../../../src/charts/rules/namespace.ts";
import { placesIn, renderFor } from "./render.ts";

const object = (kind: string, namespace?: string, apiVersion = "v1") =>
  `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: a${namespace === undefined ? "" : `, namespace: ${namespace}`} } }`;

describe("namespace", () => {
  it("is content with namespaced objects in the release's namespace and cluster-scoped ones in none", () => {
    const custom = object("Certificate", "shop", "cert-manager.io/v1");
    const documents = [
      object("Service", "shop"),
      custom,
      object("ClusterRole", undefined, "rbac.authorization.k8s.io/v1"),
    ];
    expect(
      placesIn(
        NAMESPACE,
        ...documents,
        object("Namespace"),
        object("GatewayClass", undefined, "gateway.networking.k8s.io/v1"),
      ),
    ).toEqual([]);
  });

  it("cannot tell where a custom resource lives that only looks cluster-scoped", () => {
    expect(placesIn(NAMESPACE, object("ClusterIssuer", undefined, "cert-manager.io/v1"))).toEqual([]);
    expect(placesIn(NAMESPACE, object("Cluster", undefined, "postgresql.cnpg.io/v1"))).toHaveLength(1);
  });

  it.each([
    { document: object("Service"), says: "names no namespace; allowed is that of the release, shop" },
    {
      document: object("Job", undefined, "batch/v1"),
      says: "names no namespace; allowed is that of the release, shop",
    },
    {
      document: object("Secret", "default"),
      says: "names the namespace default; allowed is that of the release, shop",
    },
    {
      document: object("Certificate", undefined, "cert-manager.io/v1"),
      says: "names no namespace; allowed is that of the release, shop",
    },
    {
      document: object("ClusterRole", "shop", "rbac.authorization.k8s.io/v1"),
      says: "names the namespace shop, and a ClusterRole lives in none",
    },
    {
      document: object("PriorityClass", "shop", "scheduling.k8s.io/v1"),
      says: "names the namespace shop, and a PriorityClass lives in none",
    },
  ])("finds $document", ({ document, says }) => {
    expect(NAMESPACE.check(renderFor("dev", document))).toMatchObject([
      { rule: "namespace", path: "metadata.namespace", reason: says },
    ]);
  });
});

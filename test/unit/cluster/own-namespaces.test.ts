import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { parseKinds } from "../../../src/cluster/cluster-kinds.ts";
import {
  checkNamespaced,
  inOwnNamespace,
  leftBehind,
  LONGEST_SECONDS,
  ownNamespace,
  refuseExternals,
} from "../../../src/cluster/own-namespaces.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const [chart] = parsePlatform(
  "systems: { shop: { source: ., charts: { shop: { path: charts/shop, environments: { dev: [] } } } } }",
  "ship.yaml",
).charts;
if (chart === undefined) throw new Error("the platform file has a chart");

const own = inOwnNamespace(chart, "3f9c2a1b");
const KINDS = parseKinds(
  "clusterroles  rbac.authorization.k8s.io/v1  false  ClusterRole\nnodes  no  v1  false  Node\n",
);

describe("inOwnNamespace", () => {
  it("names the run", () => {
    expect(own.namespace).toBe("slipway-3f9c2a1b-shop");
  });
});

describe("leftBehind", () => {
  it("finds what is over its time and of a test, and nothing else", () => {
    const now = 1_000_000_000;
    const made: unknown = JSON.parse(ownNamespace("slipway-1-shop", now));
    const other = { metadata: { name: "bystander", annotations: { "slipway.invalid/ends": "1" } } };
    const list = { items: [made, other] };
    expect(leftBehind(list, now)).toEqual([]);
    expect(leftBehind(list, now + (LONGEST_SECONDS + 2) * 1000)).toEqual(["slipway-1-shop"]);
  });
});

describe("checkNamespaced", () => {
  const check = (kind: string, namespace: string) => {
    const apiVersion = kind === "ClusterRole" ? "rbac.authorization.k8s.io/v1" : "v1";
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: it${namespace && `, namespace: ${namespace}`} }\n`;
    checkNamespaced(own, parseManifests(text, "shop (dev)"), KINDS);
  };

  it("takes objects of the run's namespace", () => {
    expect(() => {
      check("ConfigMap", "");
      check("ConfigMap", own.namespace);
    }).not.toThrow();
  });

  it.each([
    ["ClusterRole", ""],
    ["ConfigMap", "kube-system"],
  ])("refuses a %s in namespace %j", (kind, namespace) => {
    expect(() => {
      check(kind, namespace);
    }).toThrow("installs what is not in a namespace of its own");
  });
});

describe("refuseExternals", () => {
  it("refuses what would need addresses of the node", () => {
    expect(() => {
      refuseExternals([{ name: "shop-database" }], "prod");
    }).toThrow("in prod, services outside are stood for by addresses of the node (shop-database)");
    expect(() => {
      refuseExternals([], "prod");
    }).not.toThrow();
  });
});

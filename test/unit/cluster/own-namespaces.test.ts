import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { parseKinds } from "../../../src/cluster/cluster-kinds.ts";
import {
  checkNamespaced,
  inOwnNamespace,
  leftBehind,
  LEASE,
  OWN,
  ownNamespace,
  refuseExternals,
  renewalWords,
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
  const now = 1_000_000_000_000;
  const made: unknown = JSON.parse(ownNamespace("slipway-1-shop", "3f9c2a1b", now));

  it("finds what is over its time and of a test, and nothing else", () => {
    const other = { metadata: { name: "bystander", annotations: { [OWN.ends]: "1" } } };
    const list = { items: [made, other] };
    expect(leftBehind(list, now)).toEqual([]);
    expect(leftBehind(list, now + (LEASE.seconds + 2) * 1000)).toEqual(["slipway-1-shop"]);
  });

  it("leaves what a run has said to use still, however long ago it began", () => {
    const [ends = ""] = renewalWords(["slipway-1-shop"], now + 7_200_000).slice(-1);
    const [key = "", value] = ends.split("=");
    const metadata = { name: "slipway-1-shop", labels: { [OWN.label]: "true" }, annotations: { [key]: value } };
    expect(leftBehind({ items: [{ metadata }] }, now + 7_260_000)).toEqual([]);
    expect(leftBehind({ items: [{ metadata }] }, now + 7_202_000 + LEASE.seconds * 1000)).toEqual(["slipway-1-shop"]);
  });

  it("gives a run ten times to say so", () => {
    expect(LEASE.seconds / LEASE.renewedEverySeconds).toBeGreaterThanOrEqual(10);
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

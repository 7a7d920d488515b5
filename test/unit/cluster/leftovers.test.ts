import { describe, expect, it } from "vitest";

import { leftoversOf, type ListedObject, parseObjects } from "../../../src/cluster/leftovers.ts";

function object(kind: string, name: string, found: Partial<ListedObject> = {}): ListedObject {
  return { kind, namespace: "shop", name, uid: `${kind} ${name}`, release: "", ...found };
}

function left(after: readonly ListedObject[], before: readonly ListedObject[] = []) {
  return leftoversOf({ before, after, namespaces: ["shop"], releases: ["shop"], keep: ["PersistentVolumeClaim"] });
}

describe("leftoversOf", () => {
  it("names what is new in the namespaces of the releases, and whose it is", () => {
    expect(left([object("Secret", "made"), object("ConfigMap", "orphan", { release: "shop" })])).toEqual({
      leftovers: [
        { object: "Secret shop/made", reason: "made meanwhile, still there" },
        { object: "ConfigMap shop/orphan", reason: "of the release shop, still there" },
      ],
      kept: [],
    });
  });

  it("names what the releases made outside of every namespace", () => {
    const role = object("ClusterRole", "shop-reader", { namespace: "", release: "shop" });
    expect(left([role, object("ClusterRole", "system", { namespace: "" })]).leftovers).toEqual([
      { object: "ClusterRole shop-reader", reason: "of the release shop, still there" },
    ]);
  });

  it("names what the releases made in namespaces of others", () => {
    const reader = object("RoleBinding", "shop-reader", { namespace: "kube-system", release: "shop" });
    expect(left([reader, object("Pod", "dns", { namespace: "kube-system" })]).leftovers).toEqual([
      { object: "RoleBinding kube-system/shop-reader", reason: "of the release shop, still there" },
    ]);
  });

  it.each([
    ["what was there before", [object("Secret", "auth")], [object("Secret", "auth")]],
    ["what the cluster makes in every namespace", [object("ConfigMap", "kube-root-ca.crt")], []],
    ["what passes by itself", [object("Event", "pulled"), object("EndpointSlice", "shop-x")], []],
    ["what is of other namespaces", [object("Pod", "dns", { namespace: "kube-system" })], []],
  ])("leaves out %s", (_, after, before) => {
    expect(left(after, before)).toEqual({ leftovers: [], kept: [] });
  });

  it("names an object that was made anew under an old name", () => {
    const before = [object("Secret", "auth", { uid: "1" })];
    expect(left([object("Secret", "auth", { uid: "2" })], before).leftovers).toHaveLength(1);
  });

  it("lists what is kept as declared", () => {
    expect(left([object("PersistentVolumeClaim", "data-0")])).toEqual({
      leftovers: [],
      kept: ["PersistentVolumeClaim shop/data-0"],
    });
  });
});

describe("parseObjects", () => {
  it("reads what kubectl prints, and takes helm's annotation before the label", () => {
    expect(parseObjects("Pod|shop|page|u1||shop\nClusterRole||reader|u2|store|shop\n\n")).toEqual([
      { kind: "Pod", namespace: "shop", name: "page", uid: "u1", release: "shop" },
      { kind: "ClusterRole", namespace: "", name: "reader", uid: "u2", release: "store" },
    ]);
  });
});

/** Holds the stand-in of k3s to one version of each part, wherever it is written. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { k3sBase } from "../../../embedded/engine/bases/k3s.ts";
import { STAND_IN_HOST } from "../../../embedded/engine/images/images-lock.ts";
import {
  CONTAINERD_VERSION,
  COREDNS_VERSION,
  KUBERNETES_VERSION,
  PAUSE_VERSION,
} from "../../../embedded/engine/bases/k3s/versions.ts";

const PROGRAM = path.resolve(import.meta.dirname, "../../../embedded/engine/bases/k3s/program");
const read = (file: string) => readFileSync(path.join(PROGRAM, file), "utf8");

/** Version that go.mod requires of a module, without the v. */
function required(module: string): string | undefined {
  return new RegExp(`^\\s*${module.replaceAll(".", "\\.")} v(\\S+)`, "m").exec(read("go.mod"))?.[1];
}

describe("the base k3s", () => {
  it("is compiled from the versions that it names", () => {
    expect(required("k8s.io/kubernetes")).toBe(KUBERNETES_VERSION);
    expect(required("github.com/containerd/containerd/v2")).toBe(CONTAINERD_VERSION);
    expect(required("github.com/coredns/coredns")).toBe(COREDNS_VERSION);
    expect(required("k8s.io/nothing")).toBeUndefined();
  });

  it("takes every part of Kubernetes in the same version", () => {
    const replaced = [...read("go.mod").matchAll(/=> (k8s\.io\/\S+) v0\.(\S+)/g)].map(
      ([, , version]) => `1.${version ?? ""}`,
    );
    expect(replaced.length).toBeGreaterThan(20);
    expect(new Set(replaced)).toEqual(new Set([KUBERNETES_VERSION]));
  });

  it("runs the images that it brings", () => {
    expect(read("cluster/addons.go")).toContain(`nameServiceVersion = "${COREDNS_VERSION}"\n`);
    expect(read("cluster/runtime.go")).toContain(`pauseVersion = "${PAUSE_VERSION}"\n`);
    expect(read("cluster/runtime.go")).toContain(`= "${STAND_IN_HOST}"
`);
  });

  it("says that it enforces network policies in another way than k3s", async () => {
    const { name, tag, madeFrom, layers } = await k3sBase();
    expect([name, tag, layers.map((layer) => layer.name)]).toEqual([
      "k3s",
      `v${KUBERNETES_VERSION}`,
      ["k3s-system", "k3s"],
    ]);
    expect(madeFrom).toContain("in the place of kube-router's");
  });
});

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
  METRICS_SERVER_VERSION,
  PAUSE_VERSION,
} from "../../../embedded/engine/bases/k3s/versions.ts";
import { TRAEFIK_VERSION } from "../../../embedded/engine/versions.ts";

const SOURCES = path.resolve(import.meta.dirname, "../../../embedded/engine/bases/k3s");
const read = (file: string) => readFileSync(path.join(SOURCES, "program", file), "utf8");

/** Modules that a go.mod requires, with their versions without the v; what it replaces counts as replaced. */
function requirements(program: string): ReadonlyMap<string, string> {
  const text = readFileSync(path.join(SOURCES, program, "go.mod"), "utf8");
  const required = [...text.matchAll(/^require \(\n([^)]*)^\)/gm)].map(([, block]) => block ?? "").join("");
  const of = (pattern: RegExp, lines: string) =>
    [...lines.matchAll(pattern)].map(([, module = "", version = ""]): [string, string] => [module, version]);
  return new Map([...of(/^\t(\S+) v(\S+)/gm, required), ...of(/=> (\S+) v(\S+)/g, text)]);
}

describe("the base k3s", () => {
  it("is compiled from the versions that it names", () => {
    const program = requirements("program");
    expect(program.get("k8s.io/kubernetes")).toBe(KUBERNETES_VERSION);
    expect(program.get("github.com/containerd/containerd/v2")).toBe(CONTAINERD_VERSION);
    expect(program.get("github.com/coredns/coredns")).toBe(COREDNS_VERSION);
    expect(program.get("k8s.io/nothing")).toBeUndefined();
    expect(requirements("metrics-server").get("sigs.k8s.io/metrics-server")).toBe(METRICS_SERVER_VERSION);
  });

  it("takes what its programs have in common in one version, so that it is compiled once", () => {
    const program = requirements("program");
    const common = [...requirements("metrics-server")].filter(([module]) => program.has(module));
    expect(common.length).toBeGreaterThan(100);
    expect(common.filter(([module, version]) => program.get(module) !== version)).toEqual([]);
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
    expect(read("cluster/runtime.go")).toContain(`= "${STAND_IN_HOST}"\n`);
  });

  it("says what it has that k3s has, what differs and what it lacks", async () => {
    const { name, tag, madeFrom, layers } = await k3sBase();
    expect([name, tag, layers.map((layer) => layer.name)]).toEqual([
      "k3s",
      `v${KUBERNETES_VERSION}`,
      ["k3s-system", "k3s", "k3s-add-ons"],
    ]);
    expect(madeFrom).toContain(`metrics-server ${METRICS_SERVER_VERSION}, Traefik ${TRAEFIK_VERSION}`);
    expect(madeFrom).toContain("in the place of kube-router's, and nothing serves load balancers");
  });
});

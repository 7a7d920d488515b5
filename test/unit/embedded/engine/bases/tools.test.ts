import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { helm, helm3Program, helm4, helm4Program } from "../../../../../embedded/engine/bases/helm.ts";
import { allBases } from "../../../../../embedded/engine/bases/index.ts";
import { kubeconform } from "../../../../../embedded/engine/bases/kubeconform.ts";
import { python } from "../../../../../embedded/engine/bases/python.ts";
import { lookupImage, parseImageLock } from "../../../../../src/platform/image-lock.ts";

const LOCK = "deploy/images.lock.yaml";
const lock = parseImageLock(readFileSync(path.resolve(import.meta.dirname, "../../../../..", LOCK), "utf8"), LOCK);

describe("the bases of tools", () => {
  it.each([helm, helm4, kubeconform])(
    "A-35: stand in for the very version that the lock pins: $name",
    ({ name, tag }) => {
      const [, locked] = /:([^:@]+)@/.exec(lookupImage(lock, name).reference) ?? [];
      expect(tag).toBe(locked);
    },
  );

  it("have Python in the version that the lock pins", () => {
    expect(lookupImage(lock, python.name).reference).toContain(`/python:${python.tag}-slim@`);
  });

  it("are all in the lock, as all others are", async () => {
    const names = (await allBases()).map(({ name }) => name);
    expect(names.filter((name) => !(name in lock))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining([helm.name, helm4.name, kubeconform.name, python.name]));
    expect(new Set(names).size).toBe(names.length);
  });

  it("start what the official images start", () => {
    expect([helm, helm4, kubeconform, python].map(({ config }) => config.entrypoint ?? config.command)).toEqual([
      ["helm"],
      ["helm"],
      ["/kubeconform"],
      ["python3"],
    ]);
    expect(kubeconform.layers.map(({ name }) => name)).toEqual(["static", "kubeconform"]);
  });

  it("link into Helm what its makers do, for a bare build renders for Kubernetes 1.20", () => {
    expect(helm3Program.variables).toEqual({
      "helm.sh/helm/v3/internal/version.version": "v3.19.0",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "34",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
      "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "34",
    });
    expect(helm4Program.variables).toEqual({ "helm.sh/helm/v4/internal/version.version": "v4.3.0" });
  });
});

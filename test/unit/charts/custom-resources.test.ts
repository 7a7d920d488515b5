import { describe, expect, it } from "vitest";

import { CustomResourcesError, describeSources } from "../../../src/charts/custom-resources.ts";

const SOURCES = [
  { folder: "/crds/0", name: "deploy/crds" },
  { folder: "/crds/1", name: "sigs.k8s.io/gateway-api@v1.4.1/config/crd" },
  { folder: "/crds/10", name: "deploy/more" },
];

describe("describeSources", () => {
  it("says the source where the program said the folder", () => {
    const output =
      "/crds/1/a.yaml, document 0 (line 1): broken\n/crds/10: has no CustomResourceDefinition\nin /crds/0/b.yaml\n";
    expect(describeSources(output, SOURCES)).toBe(
      [
        "  sigs.k8s.io/gateway-api@v1.4.1/config/crd/a.yaml, document 0 (line 1): broken",
        "  deploy/more: has no CustomResourceDefinition",
        "  in deploy/crds/b.yaml",
      ].join("\n"),
    );
  });
});

describe("CustomResourcesError", () => {
  it("says what was found, and where to correct it", () => {
    const error = new CustomResourcesError("/crds/0: has no CustomResourceDefinition\n", SOURCES);
    expect(error.kind).toBe("config");
    expect(error.message).toMatchInlineSnapshot(`
      "[config] definitions of custom resources cannot be used:
        deploy/crds: has no CustomResourceDefinition
      Next: correct validation.customResources of the platform file, or the definitions that it names"
    `);
  });
});

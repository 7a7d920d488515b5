import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { passingPolicies, policyList } from "../../../src/cluster/hook-policies.ts";

function policy(name: string, annotations: string): string {
  return [
    "apiVersion: networking.k8s.io/v1",
    "kind: NetworkPolicy",
    `metadata: { name: ${name}, annotations: { ${annotations} } }`,
    "spec: { podSelector: {} }",
  ].join("\n");
}

const HOOK = "helm.sh/hook: pre-upgrade";
const MANIFESTS = parseManifests(
  [
    policy("ordinary", ""),
    policy("kept", `${HOOK}, helm.sh/hook-delete-policy: before-hook-creation`),
    policy("passing", `${HOOK}, helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"`),
    policy("job", `${HOOK}, helm.sh/hook-delete-policy: hook-succeeded`).replace("NetworkPolicy", "Job"),
  ].join("\n---\n"),
  "shop (prod)",
);

describe("passingPolicies", () => {
  it("finds the policies that helm deletes when their hook has succeeded, and no other object", () => {
    expect(passingPolicies(MANIFESTS, "shop").map(({ name, namespace }) => [name, namespace])).toEqual([
      ["passing", "shop"],
    ]);
  });
});

describe("policyList", () => {
  it("is what they were, without the hook", () => {
    expect(JSON.parse(policyList(passingPolicies(MANIFESTS, "shop")))).toEqual({
      apiVersion: "v1",
      kind: "List",
      items: [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "passing", namespace: "shop" },
          spec: { podSelector: {} },
        },
      ],
    });
  });
});

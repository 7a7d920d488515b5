import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { type GroupedRelease, groupsOf } from "../../../src/cluster/test-groups.ts";
import type { ChartSpec } from "../../../src/platform/chart-spec.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: reader }\n";

function ingress(namespace: string, host: string): string {
  return `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: entry, namespace: ${namespace} }\nspec: { rules: [{ host: ${host} }] }\n`;
}

function release(name: string, namespace: string, render = "", outside = ""): GroupedRelease {
  const network = `{ outside: { other: { namespace: ${outside} } }, edges: [{ from: [api], to: other, ports: [80] }] }`;
  const text = `
systems:
  ${name}:
    source: .
    namespace: ${namespace}
    charts:
      ${name}:
        path: charts/${name}
        environments: { dev: [] }
${outside && `        network: ${network}\n`}`;
  const spec: ChartSpec | undefined = parsePlatform(text, "platform.yaml").charts[0];
  if (spec === undefined) throw new Error("the platform has a chart");
  return { spec, manifests: parseManifests(render, name) };
}

function groupNames(...releases: readonly GroupedRelease[]): string[][] {
  return groupsOf(releases).map((group) => group.map(({ spec }) => spec.name));
}

describe("groupsOf", () => {
  it("keeps releases apart that have nothing of a cluster in common", () => {
    expect(groupNames(release("shop", "shop"), release("blog", "blog", ingress("blog", "blog.example.com")))).toEqual([
      ["shop"],
      ["blog"],
    ]);
  });

  it.each([
    { common: "a namespace", one: release("shop", "apps"), other: release("blog", "apps") },
    {
      common: "a namespace that a network names",
      one: release("shop", "shop"),
      other: release("blog", "blog", "", "shop"),
    },
    {
      common: "a host",
      one: release("shop", "shop", ingress("shop", "www.example.com")),
      other: release("blog", "blog", ingress("blog", "www.example.com")),
    },
    {
      common: "an object without a namespace",
      one: release("shop", "shop", ROLE),
      other: release("blog", "blog", ROLE),
    },
  ])("groups releases that share $common", ({ one, other }) => {
    expect(groupNames(one, other)).toEqual([["shop", "blog"]]);
  });

  it("does not group by a namespace outside, that nobody is installed into", () => {
    const outside = "observability";
    expect(groupNames(release("shop", "shop", "", outside), release("blog", "blog", "", outside))).toHaveLength(2);
  });

  it("joins groups that a later release connects, in the order of the releases", () => {
    const both = release("gate", "shop", "", "blog");
    expect(groupNames(release("alone", "alone"), release("shop", "shop"), release("blog", "blog"), both)).toEqual([
      ["alone"],
      ["shop", "blog", "gate"],
    ]);
  });
});

import { describe, expect, it } from "vitest";

import { change, hook, PARTS, release, RULE, weight } from "./hook-release.ts";
import { placesIn } from "./render.ts";

describe("hook-closure around the pods of hooks", () => {
  it.each([
    {
      title: "a Service",
      changes: [change("service", "app.kubernetes.io/component: api", "app.kubernetes.io/instance: shop")],
      place: "Service shop/api spec.selector",
    },
    {
      title: "a Deployment",
      changes: [
        change(
          "api",
          "selector: { matchLabels: { app.kubernetes.io/component: api }",
          "selector: { matchLabels: { app.kubernetes.io/instance: shop }",
        ),
      ],
      place: "Deployment shop/api spec.selector",
    },
    {
      title: "a Service, of a test pod",
      changes: [change("test", "component: test", "component: api")],
      place: "Service shop/api spec.selector",
    },
  ])("finds $title that selects the pod of a hook", ({ changes, place }) => {
    expect(placesIn(RULE, ...release(changes))).toContain(place);
  });

  it.each([
    {
      title: "an ordinary policy that is for the hook alone",
      changes: [change("policy", hook(-20), "labels: {}")],
      place: "NetworkPolicy shop/migrator spec.podSelector",
    },
    {
      title: "a policy of the same weight",
      changes: [weight("policy", -20, -5)],
      place: "NetworkPolicy shop/migrator metadata.annotations",
    },
    {
      title: "a policy for installs only",
      changes: [change("policy", "pre-install,pre-upgrade", "pre-install")],
      place: "NetworkPolicy shop/migrator metadata.annotations",
    },
    {
      title: "a policy that leaves out a direction",
      changes: [change("policy", "[Ingress, Egress]", "[Egress]")],
      place: "Job shop/migrator metadata.annotations",
    },
    {
      title: "no policy in time",
      changes: [change("policy", "component: migrator", "component: other")],
      place: "Job shop/migrator metadata.annotations",
    },
  ])("finds a hook before the install that runs with $title", ({ changes, place }) => {
    expect(placesIn(RULE, ...release(changes))).toEqual([place]);
  });

  it("lets the policies of the release be ordinary for a hook that runs before upgrades only", () => {
    const changes = [
      change("policy", hook(-20), "labels: {}"),
      change("job", "pre-install,pre-upgrade", "pre-upgrade"),
    ];
    expect(placesIn(RULE, ...release(changes))).toEqual([]);
  });

  it("lets a policy for all pods allow what the hook's own policy governs", () => {
    const dns =
      "{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: dns, namespace: shop }, spec: { podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 53 }] }] } }";
    expect(placesIn(RULE, ...release([], dns))).toEqual([]);
  });

  it("asks for no policies where a chart has none", () => {
    expect(placesIn(RULE, PARTS.account, PARTS.config, PARTS.job)).toEqual([]);
  });
});

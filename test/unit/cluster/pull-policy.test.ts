import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { checkPullPolicy } from "../../../src/cluster/pull-policy.ts";

function render(policy: object, kind = "Deployment") {
  const spec = {
    initContainers: [{ name: "wait", image: "wait:1", imagePullPolicy: "Never" }],
    containers: [{ name: "api", image: "api:1", ...policy }],
  };
  const body = { apiVersion: "v1", kind, metadata: { name: "api", namespace: "shop" } };
  const pod = kind === "CronJob" ? { jobTemplate: { spec: { template: { spec } } } } : { template: { spec } };
  return parseManifests(JSON.stringify({ ...body, spec: kind === "Pod" ? spec : pod }), "shop (dev)");
}

describe("checkPullPolicy", () => {
  it.each(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"])(
    "takes a %s that pulls nothing",
    (kind) => {
      expect(() => {
        checkPullPolicy("shop", render({ imagePullPolicy: "Never" }, kind));
      }).not.toThrow();
    },
  );

  it.each(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"])("refuses a %s that may pull", (kind) => {
    expect(() => {
      checkPullPolicy("shop", render({ imagePullPolicy: "IfNotPresent" }, kind));
    }).toThrow(`${kind} shop/api, container api: imagePullPolicy is IfNotPresent`);
  });

  it("names object and container of a chart that ignores the value, and what to do", () => {
    expect(() => {
      checkPullPolicy("shop", render({}));
    }).toThrowErrorMatchingInlineSnapshot(`
      [PullPolicyError: [gate] shop lets the node pull images, where only those of this run may run:
        Deployment shop/api, container api: imagePullPolicy is not set
      Next: write imagePullPolicy in the template and take it from pullPolicy beside the value that names the image, as the platform file says it under images and lockedImages]
    `);
  });
});

import { describe, expect, it } from "vitest";

import { HPA_REPLICAS } from "../../../../src/charts/rules/hpa-replicas.ts";
import { only, placesIn, renderFor } from "./render.ts";

const workload = (spec: string, kind = "Deployment", name = "api") =>
  `{ apiVersion: apps/v1, kind: ${kind}, metadata: { name: ${name}, namespace: shop }, spec: { ${spec} } }`;
const scaler = (target: string, name = "api") =>
  `{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: ${name}, namespace: shop }, spec: { scaleTargetRef: { ${target} } } }`;
const API = "apiVersion: apps/v1, kind: Deployment, name: api";

describe("hpa-replicas", () => {
  it("is content with a target that leaves its replicas to the autoscaler", () => {
    expect(
      placesIn(HPA_REPLICAS, workload("paused: false"), workload("replicas: 1", "Deployment", "web"), scaler(API)),
    ).toEqual([]);
  });

  it.each([0, 1, 3])("finds %d replicas under an autoscaler", (replicas) => {
    expect(only(HPA_REPLICAS.check(renderFor("dev", scaler(API), workload(`replicas: ${replicas}`))))).toMatchObject({
      ...{ rule: "hpa-replicas", object: "Deployment shop/api", path: "spec.replicas" },
      reason: `says ${replicas} replicas while HorizontalPodAutoscaler shop/api scales it; allowed is no replicas at all`,
    });
  });

  it.each([
    { target: "kind: Deployment, name: apo", because: "its name is none of the render" },
    { target: "kind: StatefulSet, name: api", because: "it is of another kind" },
  ])("finds a target that does not exist: $because", ({ target }) => {
    expect(placesIn(HPA_REPLICAS, workload(""), scaler(target))).toEqual([
      "HorizontalPodAutoscaler shop/api spec.scaleTargetRef.name",
    ]);
  });

  it("finds two autoscalers of one workload", () => {
    expect(placesIn(HPA_REPLICAS, workload(""), scaler(API), scaler(API, "again"))).toEqual([
      "HorizontalPodAutoscaler shop/again spec.scaleTargetRef",
    ]);
  });

  it("knows the ScaledObject of KEDA, whose target is a Deployment unless it says otherwise", () => {
    const scaled =
      "{ apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: { name: api, namespace: shop }, spec: { scaleTargetRef: { name: api } } }";
    expect(placesIn(HPA_REPLICAS, scaled, workload("replicas: 2"))).toEqual(["Deployment shop/api spec.replicas"]);
  });
});

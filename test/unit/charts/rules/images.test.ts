import { describe, expect, it } from "vitest";

import { IMAGE_DIGEST, IMAGE_TAG } from "../../../../src/charts/rules/images.ts";
import { only, places, placesIn, renderFor } from "./render.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const PINNED = `registry.example/shop/api:1.2@${DIGEST}`;

const pod = (...spec: string[]) =>
  `{ apiVersion: v1, kind: Pod, metadata: { name: test }, spec: { ${spec.join(", ")} } }`;
const container = (image: string) => pod(`containers: [{ name: main, image: "${image}" }]`);

const EVERYWHERE = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      initContainers: [{ name: wait, image: busybox:1.36 }]
      containers: [{ name: api, image: "${PINNED}" }, { name: proxy, image: envoy:v1 }]
      ephemeralContainers: [{ name: debug, image: debug:1 }]
      volumes: [{ name: model, image: { reference: models/small:3 } }, { name: data, emptyDir: {} }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: tidy }
spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: tidy, image: tidy:1 }] } } } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, annotations: { helm.sh/hook: pre-install } }
spec: { template: { spec: { containers: [{ name: migrate, image: migrate:1 }] } } }
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: { name: watch }
spec: { image: prom/prometheus:v3, containers: [{ name: config-reloader }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: notes }
data: { image: some words, containers: none }`;

describe("image-digest", () => {
  it.each(["staging", "prod"] as const)(
    "finds every image without a digest in %s, wherever it stands",
    (environment) => {
      expect(places(IMAGE_DIGEST.check(renderFor(environment, EVERYWHERE)))).toEqual([
        "Deployment shop/api spec.template.spec.initContainers[0].image",
        "Deployment shop/api spec.template.spec.containers[1].image",
        "Deployment shop/api spec.template.spec.ephemeralContainers[0].image",
        "Deployment shop/api spec.template.spec.volumes[0].image.reference",
        "CronJob tidy spec.jobTemplate.spec.template.spec.containers[0].image",
        "Job migrate spec.template.spec.containers[0].image",
        "Prometheus watch spec.image",
      ]);
    },
  );

  it("lets dev name images by tag", () => {
    expect(placesIn(IMAGE_DIGEST, EVERYWHERE)).toEqual([]);
  });

  it("is content with a digest, with or without a tag", () => {
    const documents = [PINNED, `registry.example/shop/api@${DIGEST}`].map(container);
    expect(IMAGE_DIGEST.check(renderFor("prod", ...documents))).toEqual([]);
  });

  it.each([`api@${DIGEST.slice(0, -1)}`, `api@${DIGEST.toUpperCase()}`, DIGEST.slice(7)])(
    "takes %s for no digest",
    (image) => {
      expect(IMAGE_DIGEST.check(renderFor("prod", container(image)))).toHaveLength(1);
    },
  );

  it("says what was found, what is allowed and what to do", () => {
    expect(only(IMAGE_DIGEST.check(renderFor("prod", container("shop/api:1.2"))))).toEqual({
      ...{
        rule: "image-digest",
        chart: "shop",
        environment: "prod",
        object: "Pod test",
        path: "spec.containers[0].image",
      },
      reason: '"shop/api:1.2" has no digest; in prod an image is named by its digest, for a tag can be moved',
      fix: "set the digest of the image in the overlay, as sha256: and 64 hexadecimal digits",
    });
  });
});

describe("image-tag", () => {
  it.each([
    { image: "shop/api:latest", says: "has the tag latest" },
    { image: `shop/api:latest@${DIGEST}`, says: "has the tag latest" },
    { image: "shop/api:latest-alpine", says: "has the tag latest-alpine" },
    { image: "shop/api", says: "has neither tag nor digest" },
    { image: "localhost:5000/api", says: "has neither tag nor digest" },
    { image: "shop/api:", says: "is no image reference" },
    { image: "shop/API:1", says: "is no image reference" },
    { image: "shop/api:1@sha256:abc", says: "is no image reference" },
    { image: "{{ .Values.image }}", says: "is no image reference" },
    { image: "", says: 'the image is ""' },
  ])("refuses $image in dev, too", ({ image, says }) => {
    expect(only(IMAGE_TAG.check(renderFor("dev", container(image)))).reason).toContain(says);
  });

  it("refuses a container without an image", () => {
    expect(placesIn(IMAGE_TAG, pod("initContainers: [{ name: a }]", "containers: [{ name: b, image: null }]"))).toEqual(
      ["Pod test spec.initContainers[0].image", "Pod test spec.containers[0].image"],
    );
  });

  it("is content with tags that name a version and with digests", () => {
    expect(
      placesIn(
        IMAGE_TAG,
        EVERYWHERE,
        container("localhost:5000/api:1"),
        container(`api@${DIGEST}`),
        container("api:latestish"),
      ),
    ).toEqual([]);
  });
});

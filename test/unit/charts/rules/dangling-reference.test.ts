import { describe, expect, it } from "vitest";

import { danglingReferenceRule } from "../../../../src/charts/rules/dangling-reference.ts";
import { only, placesIn, renderFor } from "./render.ts";

const RULE = danglingReferenceRule({ "shop-database": ["DATABASE_URL"], "shop-pull": [".dockerconfigjson"] });

const OBJECTS = `
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: api, namespace: shop } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: api-config, namespace: shop }, data: { LOG_LEVEL: info } }
---
{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: api-data, namespace: shop } }
---
{ apiVersion: cert-manager.io/v1, kind: Certificate, metadata: { name: api, namespace: shop }, spec: { secretName: api-tls } }
---
{ apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: { name: api-keys, namespace: shop } }`;

const SPEC = `
      serviceAccountName: api
      imagePullSecrets: [{ name: shop-pull }]
      initContainers:
        - { name: wait, envFrom: [{ secretRef: { name: shop-database } }] }
      containers:
        - name: api
          env:
            - { name: A, valueFrom: { secretKeyRef: { name: shop-database, key: DATABASE_URL } } }
            - { name: B, valueFrom: { configMapKeyRef: { name: api-config, key: LOG_LEVEL } } }
            - { name: C, valueFrom: { secretKeyRef: { name: nowhere, key: c, optional: true } } }
          envFrom: [{ configMapRef: { name: api-config } }, { secretRef: { name: api-keys } }]
      volumes:
        - { name: tls, secret: { secretName: api-tls } }
        - { name: data, persistentVolumeClaim: { claimName: api-data } }
        - { name: all, projected: { sources: [{ configMap: { name: kube-root-ca.crt } }, { secret: { name: shop-database, items: [{ key: DATABASE_URL }] } }] } }
        - { name: tmp, emptyDir: {} }`;

const deployment = (spec: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec: ${spec}`;

describe("dangling-reference", () => {
  it("is content where all is rendered, declared, made by an operator, or optional", () => {
    expect(placesIn(RULE, OBJECTS, deployment(SPEC))).toEqual([]);
  });

  it.each([
    {
      from: "serviceAccountName: api",
      to: "serviceAccountName: apo",
      path: "serviceAccountName",
      says: "needs ServiceAccount apo to start, which is neither rendered nor declared to exist before",
    },
    {
      from: "[{ configMapRef: { name: api-config } }",
      to: "[{ configMapRef: { name: api-confg } }",
      path: "containers[0].envFrom[0].configMapRef.name",
      says: "needs ConfigMap api-confg",
    },
    {
      from: "key: LOG_LEVEL",
      to: "key: LOGLEVEL",
      path: "containers[0].env[1].valueFrom.configMapKeyRef.name",
      says: "needs the key LOGLEVEL of ConfigMap api-config, which has LOG_LEVEL",
    },
    {
      from: "name: shop-database, key: DATABASE_URL",
      to: "name: shop-database, key: URL",
      path: "containers[0].env[0].valueFrom.secretKeyRef.name",
      says: "needs the key URL of Secret shop-database, for which the platform file declares DATABASE_URL",
    },
    {
      from: "secretName: api-tls",
      to: "secretName: api-cert",
      path: "volumes[0].secret.secretName",
      says: "needs Secret api-cert",
    },
    {
      from: "claimName: api-data",
      to: "claimName: data",
      path: "volumes[1].persistentVolumeClaim.claimName",
      says: "needs PersistentVolumeClaim data",
    },
    { from: "name: shop-pull", to: "name: pull", path: "imagePullSecrets[0].name", says: "needs Secret pull" },
    {
      from: "key: c, optional: true",
      to: "key: c",
      path: "containers[0].env[2].valueFrom.secretKeyRef.name",
      says: "needs Secret nowhere",
    },
  ])("finds $to", ({ from, to, path, says }) => {
    const finding = only(RULE.check(renderFor("prod", OBJECTS, deployment(SPEC.replace(from, to)))));
    expect(finding).toMatchObject({
      rule: "dangling-reference",
      object: "Deployment shop/api",
      path: `spec.template.spec.${path}`,
    });
    expect(finding.reason).toContain(says);
  });

  it("proposes the name that was probably meant", () => {
    const spec = SPEC.replace("configMapRef: { name: api-config }", "configMapRef: { name: api-confg }");
    expect(only(RULE.check(renderFor("dev", OBJECTS, deployment(spec)))).fix).toMatch(/^write api-config, or /);
  });

  it("looks in the namespace of the pod", () => {
    const elsewhere = OBJECTS.replaceAll("namespace: shop", "namespace: other");
    expect(placesIn(RULE, elsewhere, deployment("{ serviceAccountName: api }"))).toEqual([
      "Deployment shop/api spec.template.spec.serviceAccountName",
    ]);
  });

  it.each(["{}", "{ serviceAccountName: default }", '{ serviceAccountName: "" }'])(
    "S-37: finds that %s falls back to the default ServiceAccount",
    (spec) => {
      expect(placesIn(RULE, deployment(spec))).toEqual(["Deployment shop/api spec.template.spec.serviceAccountName"]);
    },
  );
});

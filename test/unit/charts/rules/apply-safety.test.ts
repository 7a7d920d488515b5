import { describe, expect, it } from "vitest";

import { APPLY_SAFETY } from "../../../../src/charts/rules/apply-safety.ts";
import { only, placesIn, renderFor } from "./render.ts";

const object = (kind: string, rest: string, metadata = "", apiVersion = "v1") =>
  `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: a${metadata} }, ${rest} }`;
const pod = (spec: string) => object("Deployment", `spec: { template: { spec: { ${spec} } } }`, "", "apps/v1");
const container = (fields: string) => pod(`containers: [{ name: main, ${fields} }]`);
const POD = "Deployment a spec.template.spec";

describe("apply-safety", () => {
  it("is content with objects and items that differ in what tells them apart", () => {
    const fields = [
      "env: [{ name: A, value: '' }, { name: B, value: '0' }]",
      "ports: [{ name: dns, containerPort: 53 }, { name: dns-udp, containerPort: 53, protocol: UDP }, { containerPort: 80 }, { containerPort: 81 }]",
      "volumeMounts: [{ name: tmp, mountPath: /tmp }, { name: tmp, mountPath: /var/tmp }]",
      "envFrom: [{ configMapRef: { name: a } }, { secretRef: { name: a } }]",
    ];
    const spec = [
      `containers: [{ name: main, ${fields.join(", ")} }, { name: proxy, env: [{ name: A, value: a }] }]`,
      "initContainers: [{ name: wait }]",
      "volumes: [{ name: tmp, emptyDir: {} }, { name: data, emptyDir: {} }]",
      "tolerations: [{ key: a, effect: NoSchedule }, { key: a, effect: NoExecute }]",
      "topologySpreadConstraints: [{ topologyKey: a, whenUnsatisfiable: DoNotSchedule }, { topologyKey: a, whenUnsatisfiable: ScheduleAnyway }]",
    ];
    const documents = [
      pod(spec.join(", ")),
      object(
        "Service",
        "spec: { ports: [{ name: http, port: 80 }, { name: https, port: 443 }, { name: quic, port: 443, protocol: UDP }] }",
      ),
      object("ConfigMap", "data: { empty: '' }", ", annotations: null, creationTimestamp: null"),
      object("ConfigMap", "data: {}", ", namespace: other"),
      object("CustomResourceDefinition", "spec: { versions: [{ name: v1, schema: { default: { image: null } } }] }"),
    ];
    expect(placesIn(APPLY_SAFETY, ...documents)).toEqual([]);
  });

  it.each([
    {
      what: "env",
      document: container("env: [{ name: A, value: a }, { name: B, value: b }, { name: A, value: c }]"),
      path: "containers[0].env[2]",
    },
    {
      what: "ports",
      document: container("ports: [{ containerPort: 80 }, { containerPort: 80, protocol: TCP }]"),
      path: "containers[0].ports[1]",
    },
    {
      what: "names of ports",
      document: container("ports: [{ name: http, containerPort: 80 }, { name: http, containerPort: 81 }]"),
      path: "containers[0].ports[1]",
    },
    {
      what: "volumeMounts",
      document: container("volumeMounts: [{ name: a, mountPath: /a }, { name: b, mountPath: /a }]"),
      path: "containers[0].volumeMounts[1]",
    },
    {
      what: "envFrom",
      document: container("envFrom: [{ secretRef: { name: a } }, { secretRef: { name: a } }]"),
      path: "containers[0].envFrom[1]",
    },
    { what: "containers", document: pod("containers: [{ name: a }, { name: a }]"), path: "containers[1]" },
    {
      what: "containers and init containers",
      document: pod("initContainers: [{ name: a }], containers: [{ name: a }]"),
      path: "containers[0].name",
    },
    {
      what: "volumes",
      document: pod("volumes: [{ name: a, emptyDir: {} }, { name: a, configMap: { name: a } }]"),
      path: "volumes[1]",
    },
    {
      what: "imagePullSecrets",
      document: pod("imagePullSecrets: [{ name: a }, { name: b }, { name: a }]"),
      path: "imagePullSecrets[2]",
    },
    {
      what: "tolerations",
      document: pod("tolerations: [{ key: a, operator: Exists }, { key: a, operator: Exists }]"),
      path: "tolerations[1]",
    },
    {
      what: "topologySpreadConstraints",
      document: pod(
        "topologySpreadConstraints: [{ topologyKey: a, whenUnsatisfiable: x, maxSkew: 1 }, { topologyKey: a, whenUnsatisfiable: x, maxSkew: 2 }]",
      ),
      path: "topologySpreadConstraints[1]",
    },
  ])("finds twins among $what", ({ document, path }) => {
    expect(placesIn(APPLY_SAFETY, document)).toEqual([`${POD}.${path}`]);
  });

  it.each([
    {
      what: "ports of a Service",
      document: object("Service", "spec: { ports: [{ name: a, port: 80 }, { name: b, port: 80 }] }"),
      place: "Service a spec.ports[1]",
    },
    {
      what: "names of ports of a Service",
      document: object("Service", "spec: { ports: [{ name: a, port: 80 }, { name: a, port: 81 }] }"),
      place: "Service a spec.ports[1]",
    },
    {
      what: "volume claim templates",
      document: object(
        "StatefulSet",
        "spec: { volumeClaimTemplates: [{ metadata: { name: d } }, { metadata: { name: d } }] }",
      ),
      place: "StatefulSet a spec.volumeClaimTemplates[1]",
    },
    {
      what: "volumes and claims",
      document: object(
        "StatefulSet",
        "spec: { volumeClaimTemplates: [{ metadata: { name: d } }], template: { spec: { volumes: [{ name: d, emptyDir: {} }] } } }",
      ),
      place: "StatefulSet a spec.template.spec.volumes[0].name",
    },
  ])("finds twins among $what", ({ document, place }) => {
    expect(placesIn(APPLY_SAFETY, document)).toEqual([place]);
  });

  it("finds an object that two templates render, also where one of them leaves the namespace out", () => {
    const documents = [
      object("ConfigMap", "data: {}"),
      object("Secret", "data: {}"),
      object("ConfigMap", "data: {}", ", namespace: shop"),
    ];
    const finding = only(APPLY_SAFETY.check(renderFor("dev", ...documents)));
    expect(finding).toMatchObject({ object: "ConfigMap shop/a", path: "metadata.name" });
    expect(finding.reason).toMatch(
      /^is rendered a second time: by .*line 5 .*and before by .*line 1; allowed is each object once$/,
    );
  });

  it("finds a list of objects, which would hide them from all checks", () => {
    expect(placesIn(APPLY_SAFETY, object("List", "items: []"))).toEqual(["List a items"]);
  });

  it.each([
    {
      document: object("ConfigMap", "data: {}", ", resourceVersion: '12'"),
      place: "ConfigMap a metadata.resourceVersion",
    },
    { document: object("ConfigMap", "data: {}", ", uid: 7f"), place: "ConfigMap a metadata.uid" },
    {
      document: object("ConfigMap", "data: {}", ", creationTimestamp: '2026-01-01T00:00:00Z'"),
      place: "ConfigMap a metadata.creationTimestamp",
    },
    { document: object("ConfigMap", "data: {}", ", managedFields: []"), place: "ConfigMap a metadata.managedFields" },
    { document: object("Service", "status: { loadBalancer: {} }"), place: "Service a status" },
    {
      document: object("ConfigMap", "data: {}", ", annotations: { deployment.kubernetes.io/revision: '3' }"),
      place: 'ConfigMap a metadata.annotations["deployment.kubernetes.io/revision"]',
    },
    {
      document: object("Deployment", "spec: { template: { metadata: { labels: { pod-template-hash: '1' } } } }"),
      place: "Deployment a spec.template.metadata.labels.pod-template-hash",
    },
    { document: pod("nodeName: node-1"), place: "Deployment a spec.template.spec.nodeName" },
    {
      document: object(
        "ValidatingWebhookConfiguration",
        "webhooks: [{ name: w, clientConfig: { caBundle: LS0t } }]",
        ", annotations: { cert-manager.io/inject-ca-from: shop/cert }",
      ),
      place: "ValidatingWebhookConfiguration a webhooks[0].clientConfig.caBundle",
    },
  ])("finds what the cluster owns: $place", ({ document, place }) => {
    expect(placesIn(APPLY_SAFETY, document)).toEqual([place]);
  });

  it("lets a chart bring a caBundle that nobody injects", () => {
    expect(
      placesIn(
        APPLY_SAFETY,
        object("ValidatingWebhookConfiguration", "webhooks: [{ name: w, clientConfig: { caBundle: LS0t } }]"),
      ),
    ).toEqual([]);
  });

  it.each([
    { document: object("Service", "spec: { selector: { app: null } }"), place: "Service a spec.selector.app" },
    { document: object("ConfigMap", "data: { a: null }"), place: "ConfigMap a data.a" },
    { document: object("ConfigMap", "data: {}", ", labels: { a: null }"), place: "ConfigMap a metadata.labels.a" },
    { document: container("image: null"), place: `${POD}.containers[0].image` },
    { document: container("env: [{ name: A, value: null }]"), place: `${POD}.containers[0].env[0].value` },
    { document: container("args: [--a, null]"), place: `${POD}.containers[0].args[1]` },
    { document: pod("containers: null"), place: `${POD}.containers` },
  ])("finds what a template left empty: $place", ({ document, place }) => {
    expect(placesIn(APPLY_SAFETY, document)).toEqual([place]);
  });
});

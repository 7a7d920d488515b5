import { describe, expect, it } from "vitest";

import { objectsOf, parseImmutableFields, recordImmutableFields } from "../../../src/charts/immutable-fields.ts";
import { parseManifests } from "../../../src/charts/manifest.ts";
import { renderFor } from "./rules/render.ts";

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { b: "2", a: "1" } }`;

const STATEFUL = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  selector: { matchLabels: { a: "1" } }
  serviceName: db-headless
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 8Gi } } }`;

const objects = (...documents: string[]) => objectsOf(parseManifests(documents.join("\n---\n"), "shop (dev)"));
const object = (kind: string, rest: string, metadata = "") =>
  `{ apiVersion: v1, kind: ${kind}, metadata: { name: a${metadata} }, ${rest} }`;

describe("objectsOf", () => {
  it("gives what no upgrade can change, with the defaults of the API server filled in", () => {
    expect(objects(DEPLOYMENT, STATEFUL)).toEqual({
      "Deployment shop/api": { "spec.selector": { matchLabels: { a: "1", b: "2" } } },
      "StatefulSet shop/db": {
        "spec.selector": { matchLabels: { a: "1" } },
        "spec.serviceName": "db-headless",
        "spec.podManagementPolicy": "OrderedReady",
        "spec.volumeClaimTemplates": [
          {
            metadata: { name: "data" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "8Gi" } },
              volumeMode: "Filesystem",
            },
          },
        ],
      },
    });
  });

  it.each([
    {
      document: object("Service", "spec: { clusterIP: None, ipFamilies: [IPv4, IPv6] }"),
      fields: { "spec.clusterIP": "None", "spec.ipFamilies": ["IPv4"] },
    },
    { document: object("Service", "spec: { ports: [] }"), fields: { "spec.clusterIP": "" } },
    { document: object("Secret", "data: {}"), fields: { type: "Opaque" } },
    {
      document: object("StorageClass", "provisioner: a, parameters: { b: c }"),
      fields: { provisioner: "a", parameters: { b: "c" }, reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
    },
    { document: object("PriorityClass", "value: 0"), fields: { value: 0, preemptionPolicy: "PreemptLowerPriority" } },
    {
      document: object("RoleBinding", "roleRef: { kind: Role, name: a }, subjects: []"),
      fields: { roleRef: { kind: "Role", name: "a" } },
    },
    { document: object("IngressClass", "spec: { controller: a/b }"), fields: { "spec.controller": "a/b" } },
  ])("knows the fields of $document", ({ document, fields }) => {
    expect(Object.values(objects(document))).toEqual([fields]);
  });

  it("leaves out hooks, kinds of which all can be changed, and a Service that has no address of its own", () => {
    const hook = object("Job", "spec: { template: {} }", ", annotations: { helm.sh/hook: pre-install }");
    const documents = [
      hook,
      object("Ingress", "spec: {}"),
      object("ConfigMap", "data: {}"),
      object("Service", "spec: { type: ExternalName }"),
    ];
    expect(objects(...documents)).toEqual({});
  });

  it("tells pods of a Job and frozen data by a digest that does not depend on the order of keys", () => {
    const job = (spec: string) =>
      Object.values(objects(object("Job", `spec: { template: { spec: { ${spec} } } }`)))[0]?.["spec.template"];
    expect(job("a: 1, b: 2")).toMatch(/^sha256:[0-9a-f]{16}$/);
    expect(job("a: 1, b: 2")).toBe(job("b: 2, a: 1"));
    expect(job("a: 1, b: 2")).not.toBe(job("a: 1, b: 3"));
    const secret = objects(object("Secret", "immutable: true, stringData: { word: k9ZqPw }"));
    expect(Object.keys(secret["Secret a"] ?? {})).toEqual(["immutable", "stringData", "type"]);
    expect(JSON.stringify(secret)).not.toContain("k9ZqPw");
  });
});

describe("recordImmutableFields", () => {
  const renders = [renderFor("prod", DEPLOYMENT), renderFor("dev", STATEFUL, DEPLOYMENT)];

  it("writes the same text for the same renders, whatever their order", () => {
    const text = recordImmutableFields(renders);
    expect(recordImmutableFields([renderFor("dev", DEPLOYMENT, STATEFUL), renderFor("prod", DEPLOYMENT)])).toBe(text);
    expect(text).toMatchSnapshot();
  });

  it("writes what it can read", () => {
    const { file, charts } = parseImmutableFields(recordImmutableFields(renders), "deploy/immutable.yaml");
    expect(file).toBe("deploy/immutable.yaml");
    expect(charts).toEqual({ shop: { dev: objects(DEPLOYMENT, STATEFUL), prod: objects(DEPLOYMENT) } });
  });
});

describe("parseImmutableFields", () => {
  it("takes an empty file for a record of nothing", () => {
    expect(parseImmutableFields("# nothing yet\n", "a.yaml").charts).toEqual({});
  });

  it.each([
    { text: "shop: { dev: { a: 1 } }", says: "a.yaml:1:19 shop.dev.a" },
    { text: "shop: { qa: {} }", says: 'unknown key "qa"' },
    { text: "shop: [", says: "no valid YAML" },
    { text: "- shop", says: "a map from chart to its environments" },
  ])("refuses $text", ({ text, says }) => {
    expect(() => parseImmutableFields(text, "a.yaml")).toThrow(says);
  });
});

import { describe, expect, it } from "vitest";

import { parseImmutableFields, recordImmutableFields } from "../../../../src/charts/immutable-fields.ts";
import { compareImmutableFields, JOB_NAME } from "../../../../src/charts/rules/immutable-field.ts";
import { only, places, placesIn, renderFor } from "./render.ts";

const FILE = "deploy/immutable-fields.yaml";
const object = (kind: string, spec: string, name = "a") =>
  `{ apiVersion: v1, kind: ${kind}, metadata: { name: ${name}, namespace: shop }, ${spec} }`;
const claim = (size: string) =>
  object(
    "PersistentVolumeClaim",
    `spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: ${size} } } }`,
  );

/** Findings where the record has the first objects and the render the second. */
function compare(before: string[], after: string[]) {
  const record = parseImmutableFields(recordImmutableFields([renderFor("prod", ...before)]), FILE);
  return compareImmutableFields(record, [renderFor("prod", ...after)]);
}

describe("compareImmutableFields", () => {
  it.each([
    {
      title: "nothing changes",
      before: object("Deployment", "spec: { selector: { matchLabels: { a: b } } }"),
      after: object("Deployment", "spec: { selector: { matchLabels: { a: b } }, replicas: 3 }"),
    },
    {
      title: "a default is written out",
      before: object("StatefulSet", "spec: {}"),
      after: object("StatefulSet", "spec: { podManagementPolicy: OrderedReady, volumeClaimTemplates: [] }"),
    },
    { title: "a claim grows", before: claim("8Gi"), after: claim("9G") },
    { title: "a claim is written in another unit", before: claim("1Gi"), after: claim("1024Mi") },
    {
      title: "a Service gets a second family",
      before: object("Service", "spec: { ipFamilies: [IPv4] }"),
      after: object("Service", "spec: { ipFamilies: [IPv4, IPv6] }"),
    },
    {
      title: "a Job changes with its name",
      before: object("Job", "spec: { template: { a: 1 } }", "a-0a1b2c"),
      after: object("Job", "spec: { template: { a: 2 } }", "a-3d4e5f"),
    },
  ])("is content where $title", ({ before, after }) => {
    expect(compare([before], [after])).toEqual([]);
  });

  it.each([
    {
      before: object("Deployment", "spec: { selector: { matchLabels: { a: b } } }"),
      after: object("Deployment", "spec: { selector: { matchLabels: { a: c } } }"),
      path: "spec.selector.matchLabels.a",
    },
    {
      before: object("DaemonSet", "spec: { selector: { matchLabels: { a: b } } }"),
      after: object("DaemonSet", "spec: { selector: { matchLabels: { a: b, c: d } } }"),
      path: "spec.selector.matchLabels.c",
    },
    {
      before: object("StatefulSet", "spec: { serviceName: a }"),
      after: object("StatefulSet", "spec: { serviceName: b }"),
      path: "spec.serviceName",
    },
    {
      before: object("StatefulSet", "spec: {}"),
      after: object("StatefulSet", "spec: { podManagementPolicy: Parallel }"),
      path: "spec.podManagementPolicy",
    },
    {
      before: object(
        "StatefulSet",
        "spec: { volumeClaimTemplates: [{ metadata: { name: d }, spec: { resources: { requests: { storage: 1Gi } } } }] }",
      ),
      after: object(
        "StatefulSet",
        "spec: { volumeClaimTemplates: [{ metadata: { name: d }, spec: { resources: { requests: { storage: 2Gi } } } }] }",
      ),
      path: "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
    },
    {
      before: object("Job", "spec: { template: { a: 1 } }"),
      after: object("Job", "spec: { template: { a: 2 } }"),
      path: "spec.template",
    },
    { before: claim("8Gi"), after: claim("4Gi"), path: "spec.resources.requests.storage" },
    {
      before: object("Service", "spec: { clusterIP: None }"),
      after: object("Service", "spec: {}"),
      path: "spec.clusterIP",
    },
    {
      before: object("Secret", "data: {}"),
      after: object("Secret", "type: kubernetes.io/tls, data: {}"),
      path: "type",
    },
    {
      before: object("ConfigMap", "immutable: true, data: { a: b }"),
      after: object("ConfigMap", "immutable: true, data: { a: c }"),
      path: "data",
    },
    {
      before: object("RoleBinding", "roleRef: { name: a }"),
      after: object("RoleBinding", "roleRef: { name: b }"),
      path: "roleRef.name",
    },
  ])("finds the change of $path from $before", ({ before, after, path }) => {
    expect(compare([before], [after])).toMatchObject([{ rule: "immutable-field", environment: "prod", path }]);
  });

  it("says both values and the way out", () => {
    const [before, after] = [
      object("StatefulSet", "spec: { serviceName: a }"),
      object("StatefulSet", "spec: { serviceName: b }"),
    ];
    expect(only(compare([before], [after]))).toEqual({
      ...{
        rule: "immutable-field",
        chart: "shop",
        environment: "prod",
        object: "StatefulSet shop/a",
        path: "spec.serviceName",
      },
      reason: 'spec.serviceName cannot change in an upgrade: "a" in deploy/immutable-fields.yaml, "b" now',
      fix: "put the old value back; where it must change, document `kubectl delete statefulset --cascade=orphan` before the upgrade and record anew",
    });
  });

  it("finds a record that is stale, by objects that are new and objects that are gone", () => {
    const findings = compare([object("Secret", "data: {}", "old")], [object("Secret", "data: {}", "new")]);
    expect(findings.map(({ object: name, reason }) => `${name} ${reason}`)).toEqual([
      "Secret shop/new is new, and deploy/immutable-fields.yaml does not have it; allowed is a record of all objects",
      "Secret shop/old is in deploy/immutable-fields.yaml and no longer rendered; allowed is a record of all objects",
    ]);
    expect(findings[0]?.fix).toContain("dagger call immutable-fields -o deploy/immutable-fields.yaml");
  });

  it("finds one thing where the record has nothing of a chart or an environment", () => {
    const record = parseImmutableFields(recordImmutableFields([renderFor("dev", object("Secret", "data: {}"))]), FILE);
    const findings = compareImmutableFields(record, [
      renderFor("prod", object("Secret", "data: {}"), object("Service", "spec: {}")),
    ]);
    expect(places(findings)).toEqual(["shop"]);
    expect(compareImmutableFields(record, [renderFor("prod", object("Ingress", "spec: {}"))])).toEqual([]);
  });
});

describe("the name of a Job", () => {
  const job = (name: string, annotations = "") =>
    `{ apiVersion: batch/v1, kind: Job, metadata: { name: ${name}, annotations: { ${annotations} } } }`;

  it.each(["migrate-0a1b2c3d", "migrate-deadbeef", "migrate-7f9x2k1q"])("is right as %s", (name) => {
    expect(placesIn(JOB_NAME, job(name))).toEqual([]);
  });

  it.each(["migrate", "shop-migrate", "shop-migrate-1", "shop-migrate-database", "shop-migrate-v12"])(
    "must not be %s",
    (name) => {
      expect(placesIn(JOB_NAME, job(name))).toEqual([`Job ${name} metadata.name`]);
    },
  );

  it("is free for a hook, which helm deletes before it makes the next", () => {
    expect(placesIn(JOB_NAME, job("migrate", "helm.sh/hook: pre-upgrade"))).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";

import { change, hook, PARTS, POD, release, RULE, weight } from "./hook-release.ts";
import { only, placesIn, renderFor } from "./render.ts";

describe("hook-closure", () => {
  it("is content where hooks bring what they need, before they need it", () => {
    expect(placesIn(RULE, ...release())).toEqual([]);
  });

  it.each([
    {
      title: "an account of the same weight",
      change: weight("account", -15, -5),
      place: `${POD}.serviceAccountName`,
      says: "a hook of weight -5; allowed is a lower weight, for equal ones run in the order of their names",
    },
    {
      title: "a ConfigMap of a higher weight",
      change: weight("config", -10, 0),
      place: `${POD}.containers[0].envFrom[0].configMapRef.name`,
      says: "needs ConfigMap migrator, a hook of weight 0",
    },
    {
      title: "an account of another event",
      change: change("account", "pre-install,pre-upgrade", "pre-install"),
      place: `${POD}.serviceAccountName`,
      says: "runs at pre-upgrade with weight -5 and needs ServiceAccount migrator, which is delivered at pre-install only",
    },
    {
      title: "an ordinary account",
      change: change("account", hook(-15), "labels: {}"),
      place: `${POD}.serviceAccountName`,
      says: "runs at pre-install with weight -5 and needs ServiceAccount migrator, which helm creates with the release, after this hook",
    },
    {
      title: "the ConfigMap of the release",
      change: change("job", "configMapRef: { name: migrator }", "configMapRef: { name: api }"),
      place: `${POD}.containers[0].envFrom[0].configMapRef.name`,
      says: "needs ConfigMap api, which helm creates with the release",
    },
    {
      title: "a Secret that nobody declares",
      change: change("job", "name: shop-database", "name: shop-databse"),
      place: `${POD}.containers[0].env[0].valueFrom.secretKeyRef.name`,
      says: "needs Secret shop-databse at pre-install and pre-upgrade, which is neither rendered nor declared to exist before",
    },
    {
      title: "a key that nobody declares",
      change: change("job", "key: DATABASE_URL", "key: URL"),
      place: `${POD}.containers[0].env[0].valueFrom.secretKeyRef.name`,
      says: "the platform file declares DATABASE_URL",
    },
    {
      title: "a claim of the release",
      change: change(
        "job",
        "restartPolicy: Never",
        "restartPolicy: Never\n      volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]",
      ),
      place: `${POD}.volumes[0].persistentVolumeClaim.claimName`,
      says: "needs PersistentVolumeClaim data, which helm creates with the release",
    },
  ])("finds a hook that needs $title", ({ change: made, place, says }) => {
    const finding = only(RULE.check(renderFor("prod", ...release([made]))));
    expect(`${finding.object} ${finding.path}`).toBe(place);
    expect(finding.reason).toContain(says);
  });

  it("finds in a hook before upgrades what would be that of the earlier release, but for claims", () => {
    const changes = [
      change("job", "pre-install,pre-upgrade", "pre-upgrade"),
      change("job", "configMapRef: { name: migrator }", "configMapRef: { name: api }"),
      change(
        "job",
        "restartPolicy: Never",
        "restartPolicy: Never\n      volumes: [{ name: d, persistentVolumeClaim: { claimName: data } }]",
      ),
    ];
    expect(only(RULE.check(renderFor("prod", ...release(changes)))).reason).toContain(
      "which is then that of the earlier release",
    );
  });

  it("lets a hook after the install use what one before it left, unless helm has deleted that", () => {
    const later = PARTS.job
      .replace("name: migrator, namespace", "name: report, namespace")
      .replace(hook(-5), hook(-99, "post-install,post-upgrade"));
    expect(placesIn(RULE, ...release([], later))).toEqual([]);
    const deleted = release([change("config", "before-hook-creation", '"before-hook-creation,hook-succeeded"')], later);
    expect(placesIn(RULE, ...deleted)).toEqual([
      "Job shop/report spec.template.spec.containers[0].envFrom[0].configMapRef.name",
    ]);
  });

  it.each([
    {
      title: "a pod",
      changes: [change("api", "configMapRef: { name: api }", "configMapRef: { name: migrator }")],
      place: "Deployment shop/api spec.template.spec.containers[0].envFrom[0].configMapRef.name",
    },
    {
      title: "a pod's account",
      changes: [change("api", "serviceAccountName: api", "serviceAccountName: migrator")],
      place: "Deployment shop/api spec.template.spec.serviceAccountName",
    },
  ])("finds $title that uses what a hook delivers", ({ changes, place }) => {
    expect(placesIn(RULE, ...release(changes))).toEqual([place]);
  });

  it("finds rights that come too late, or are given to an account that a hook delivers", () => {
    const binding = (annotations: string) =>
      `{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: { name: migrator, namespace: shop, ${annotations} }, roleRef: { kind: Role, name: migrator }, subjects: [{ kind: ServiceAccount, name: migrator, namespace: shop }] }`;
    const role = (annotations: string) =>
      `{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: migrator, namespace: shop, ${annotations} } }`;
    expect(placesIn(RULE, ...release([], role(hook(-12)), binding(hook(-8))))).toEqual([]);
    expect(placesIn(RULE, ...release([], role(hook(-8)), binding(hook(-8))))).toEqual([
      "RoleBinding shop/migrator roleRef.name",
    ]);
    expect(placesIn(RULE, ...release([], role(hook(-12)), binding(hook(-5))))).toEqual([`${POD}.serviceAccountName`]);
    expect(placesIn(RULE, ...release([], role("labels: {}"), binding("labels: {}")))).toEqual([
      `${POD}.serviceAccountName`,
      "RoleBinding shop/migrator subjects[0].name",
    ]);
  });
});

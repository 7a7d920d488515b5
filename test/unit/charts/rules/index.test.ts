import { describe, expect, it } from "vitest";

import { RENDER_RULES, renderRules } from "../../../../src/charts/rules/index.ts";
import { places, renderFor } from "./render.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** A component with everything that one usually has, as its documents. */
function component(name: string): string[] {
  const labels = `{ app.kubernetes.io/name: shop, app.kubernetes.io/instance: shop, app.kubernetes.io/component: ${name} }`;
  const metadata = `{ name: ${name}, namespace: shop, labels: ${labels} }`;
  const variables = Array.from(
    { length: 20 },
    (_, index) => `{ name: SETTING_${index}, value: "value ${index} of ${name}" }`,
  );
  const secret = "{ name: DATABASE_URL, valueFrom: { secretKeyRef: { name: shop-database, key: DATABASE_URL } } }";
  return [
    `{ apiVersion: v1, kind: ServiceAccount, metadata: ${metadata}, automountServiceAccountToken: false }`,
    `{ apiVersion: v1, kind: ConfigMap, metadata: ${metadata}, data: { LOG_LEVEL: info, settings.yaml: "port: 8080\\nworkers: 4\\n" } }`,
    `{ apiVersion: v1, kind: Service, metadata: ${metadata}, spec: { selector: ${labels}, ports: [{ name: http, port: 80 }] } }`,
    `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: ${metadata}, spec: { podSelector: { matchLabels: ${labels} }, policyTypes: [Ingress] } }`,
    `
apiVersion: apps/v1
kind: Deployment
metadata: ${metadata}
spec:
  replicas: 2
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          image: registry.example/shop/${name}:1.2.3@${DIGEST}
          envFrom: [{ configMapRef: { name: ${name} } }]
          env: [${[...variables, secret].join(", ")}]
          ports: [{ name: http, containerPort: 8080 }]
          volumeMounts: [{ name: tmp, mountPath: /tmp }]
      volumes: [{ name: tmp, emptyDir: {} }]`,
  ];
}

const RULES = renderRules({ "shop-database": ["DATABASE_URL"] });
const GOOD = Array.from({ length: 20 }, (_, index) => component(`part-${index}`)).flat();

describe("the rules over one render", () => {
  it("each have a name of their own, and say what they hold charts to", () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
    expect(RULES.filter(({ title }) => title.length < 20)).toEqual([]);
    expect(names.slice(0, RENDER_RULES.length)).toEqual(RENDER_RULES.map(({ name }) => name));
  });

  it.each(["dev", "staging", "prod"] as const)("find nothing in a good release for %s", (environment) => {
    const render = renderFor(environment, ...GOOD);
    expect(places(RULES.flatMap(({ check }) => check(render)))).toEqual([]);
  });

  it("check 100 objects in 20 ms", () => {
    const render = renderFor("prod", ...GOOD);
    expect(render.manifests).toHaveLength(100);
    const durations = Array.from({ length: 30 }, () => {
      const start = performance.now();
      // A render of its own, so that nothing is remembered from the run before.
      const fresh = { ...render, manifests: [...render.manifests] };
      for (const { check } of RULES) check(fresh);
      return performance.now() - start;
    });
    // The best of them: the others tell how busy the machine is.
    expect(Math.min(...durations)).toBeLessThan(20);
  });

  it("survive objects of which nothing is as it should be", () => {
    const odd = [
      "{ apiVersion: v1, kind: Pod }",
      "{ apiVersion: apps/v1, kind: Deployment, metadata: [], spec: text }",
      "{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: 5 }, spec: { template: { spec: { containers: {}, volumes: [1, null] } }, volumeClaimTemplates: x } }",
      "{ apiVersion: batch/v1, kind: Job, metadata: { name: a, annotations: { helm.sh/hook: true } }, spec: { template: { spec: { containers: [null, a, { env: [[]] }] } } } }",
      "{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: a }, spec: { podSelector: [], ingress: 1 } }",
      "{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: { name: a }, roleRef: x, subjects: {} }",
      "{ apiVersion: v1, kind: Secret, metadata: { name: a }, data: [1], stringData: { a: { b: c } } }",
      "{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { selector: [a], ports: [null, 1] } }",
      "{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: a }, spec: null }",
    ];
    const render = renderFor("prod", ...odd);
    expect(RULES.flatMap(({ check }) => check(render)).length).toBeGreaterThan(5);
  });
});

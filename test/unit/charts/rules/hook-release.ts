/** A small release with a migrator that brings what it needs, for the tests of hooks. */
import { hookClosureRule } from "../../../../src/charts/rules/hook-closure.ts";

/** The rule for a chart that declares one Secret. */
export const RULE = hookClosureRule({ "shop-database": ["DATABASE_URL"] });

/** Annotations of a hook. */
export const hook = (weight: number, events = "pre-install,pre-upgrade", more = "") =>
  `annotations: { helm.sh/hook: "${events}", helm.sh/hook-weight: "${weight}", helm.sh/hook-delete-policy: before-hook-creation${more} }`;
const LABELS = "{ app.kubernetes.io/instance: shop, app.kubernetes.io/component: migrator }";

/** The documents of the good release. */
export const PARTS = {
  account: `{ apiVersion: v1, kind: ServiceAccount, metadata: { name: migrator, namespace: shop, ${hook(-15)} } }`,
  config: `{ apiVersion: v1, kind: ConfigMap, metadata: { name: migrator, namespace: shop, ${hook(-10)} }, data: { LEVEL: info } }`,
  policy: `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: migrator, namespace: shop, ${hook(-20)} }
spec:
  podSelector: { matchLabels: { app.kubernetes.io/component: migrator } }
  policyTypes: [Ingress, Egress]
  egress: [{ ports: [{ port: 5432 }] }]`,
  deny: "{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: deny, namespace: shop }, spec: { podSelector: {}, policyTypes: [Ingress, Egress] } }",
  job: `
apiVersion: batch/v1
kind: Job
metadata: { name: migrator, namespace: shop, ${hook(-5)} }
spec:
  backoffLimit: 3
  activeDeadlineSeconds: 600
  template:
    metadata: { labels: ${LABELS} }
    spec:
      serviceAccountName: migrator
      restartPolicy: Never
      containers:
        - name: migrator
          envFrom: [{ configMapRef: { name: migrator } }]
          env: [{ name: DATABASE_URL, valueFrom: { secretKeyRef: { name: shop-database, key: DATABASE_URL } } }]`,
  test: `
apiVersion: v1
kind: Pod
metadata: { name: test, namespace: shop, labels: { app.kubernetes.io/component: test }, annotations: { helm.sh/hook: test } }
spec: { restartPolicy: Never, serviceAccountName: api, containers: [{ name: test, envFrom: [{ configMapRef: { name: api } }] }] }`,
  apiAccount: "{ apiVersion: v1, kind: ServiceAccount, metadata: { name: api, namespace: shop } }",
  apiConfig: "{ apiVersion: v1, kind: ConfigMap, metadata: { name: api, namespace: shop }, data: {} }",
  claim: "{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: data, namespace: shop } }",
  api: `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  selector: { matchLabels: { app.kubernetes.io/component: api } }
  template:
    metadata: { labels: { app.kubernetes.io/instance: shop, app.kubernetes.io/component: api } }
    spec: { serviceAccountName: api, containers: [{ name: api, envFrom: [{ configMapRef: { name: api } }] }] }`,
  service:
    "{ apiVersion: v1, kind: Service, metadata: { name: api, namespace: shop }, spec: { selector: { app.kubernetes.io/component: api } } }",
};

/** A text of one document and what stands there instead. */
export type Change = { readonly in: keyof typeof PARTS; readonly from: string; readonly to: string };

/** The good release with a few changes, and further objects. */
export function release(changes: readonly Change[] = [], ...more: string[]): string[] {
  const parts = new Map<string, string>(Object.entries(PARTS));
  for (const { in: part, from, to } of changes) {
    const text = parts.get(part) ?? "";
    if (!text.includes(from)) throw new Error(`${part} has no ${from}`);
    parts.set(part, text.replaceAll(from, to));
  }
  return [...parts.values(), ...more];
}

/** One change of the good release. */
export const change = (part: keyof typeof PARTS, from: string, to: string): Change => ({ in: part, from, to });
/** Another weight of a hook. */
export const weight = (part: keyof typeof PARTS, from: number, to: number) =>
  change(part, `helm.sh/hook-weight: "${from}"`, `helm.sh/hook-weight: "${to}"`);
/** Where the pod of the Job stands. */
export const POD = "Job shop/migrator spec.template.spec";

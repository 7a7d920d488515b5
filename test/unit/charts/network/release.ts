/** Small releases for tests, written as YAML. */
import { ENVIRONMENTS } from "../../../../src/platform/environments.ts";
import type { ChartRender } from "../../../../src/charts/finding.ts";
import { parseManifests } from "../../../../src/charts/manifest.ts";

/** A render of the chart `shop` for dev, in the namespace `shop`. */
export function renderOf(...documents: string[]): ChartRender {
  return {
    system: "shop",
    chart: "shop",
    path: "charts/shop",
    release: "shop",
    namespace: "shop",
    environment: ENVIRONMENTS[0],
    manifests: parseManifests(documents.join("\n---\n"), "shop (dev)"),
  };
}

/** A Deployment of one component with the ports of its container, written `http:8080` or `dns:53/UDP`. */
export function deployment(component: string, ...ports: string[]): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop-${component} }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/component: ${component}, app.kubernetes.io/instance: shop } }
    spec:
      containers:
        - name: ${component}
          image: registry.example/shop-${component}:1
          ports: [${ports.map(containerPort).join(", ")}]`;
}

/** A policy for one component; the rest of its spec as YAML on one line each. */
export function policy(name: string, component: string, ...spec: string[]): string {
  return policyFor(name, `{ matchLabels: { app.kubernetes.io/component: ${component} } }`, ...spec);
}

/** A policy for what a selector selects. */
export function policyFor(name: string, selector: string, ...spec: string[]): string {
  const lines = spec.map((line) => `  ${line}`).join("\n");
  return `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name} }
spec:
  podSelector: ${selector}
${lines}`;
}

/** Denies everything to and from all pods. */
export const DENY_ALL = policyFor("deny-all", "{}", "policyTypes: [Ingress, Egress]");

/** A peer that is a component. */
export function component(name: string): string {
  return `podSelector: { matchLabels: { app.kubernetes.io/component: ${name} } }`;
}

function containerPort(text: string): string {
  const [, name = "", port = "", protocol = "TCP"] = /^([a-z-]+):(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
  return `{ name: ${name}, containerPort: ${port}, protocol: ${protocol} }`;
}

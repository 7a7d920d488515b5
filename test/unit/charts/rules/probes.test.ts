import { describe, expect, it } from "vitest";

import { parseConfigRegistry } from "../../../../src/charts/config-registry.ts";
import type { ChartRender } from "../../../../src/charts/finding.ts";
import { checkProbes, type ProbeSpec, probesRule } from "../../../../src/charts/rules/probes.ts";
import { leastCpuMilliseconds } from "../../../support/cpu-time.ts";
import { renderOf } from "../network/release.ts";

const REGISTRY = parseConfigRegistry(
  [
    "- { name: HTTP_PORT, components: [api], kind: config, required: false, description: A port. }",
    "- { name: LOG_LEVEL, components: [api, graph], kind: config, required: false, description: A level. }",
  ].join("\n"),
  "shop.yaml",
);

function workload(kind: string, component: string, container: string): string {
  return `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: shop-${component} }
spec:
  template:
    metadata: { labels: { app: ${component}, app.kubernetes.io/component: ${component} } }
    spec: { containers: [{ name: ${component}, ${container} }] }`;
}

const API =
  "ports: [{ name: http, containerPort: 8080 }, { name: dns, containerPort: 53, protocol: UDP }]," +
  " startupProbe: { httpGet: { path: /healthz, port: http } }," +
  " readinessProbe: { httpGet: { path: /readyz, port: http } }," +
  " livenessProbe: { httpGet: { path: /healthz, port: 8080 } }";
const GRAPH = "ports: [{ name: health, containerPort: 8081 }], livenessProbe: { tcpSocket: { port: health } }";
const SERVICE =
  "{ apiVersion: v1, kind: Service, metadata: { name: shop-api }, spec: { selector: { app: api }, ports: [{ port: 80, targetPort: http }] } }";
const JOB = workload("Job", "migrate", "image: x");

function good(api = API, graph = GRAPH, service = SERVICE, kind = "Deployment"): ChartRender {
  return renderOf(workload(kind, "api", api), workload("Deployment", "graph", graph), service, JOB);
}

/** The good container with a word replaced, which must be there. */
function api(from: string, to: string): ChartRender {
  if (!API.includes(from)) throw new Error(`there is no ${from}`);
  return good(API.replace(from, to));
}

function found(render: ChartRender, spec: ProbeSpec = { registry: REGISTRY }): string[] {
  return checkProbes(render, spec).map(({ object, path, reason, fix }) => `${object} | ${path} | ${reason} | ${fix}`);
}

describe("checkProbes", () => {
  it("finds nothing where the probes suit what is served", () => {
    expect(found(good())).toEqual([]);
    expect(found(good(), {})).toEqual([]);
  });

  it("names rule, chart and environment", () => {
    expect(probesRule().check(api("port: http", "port: web"))[0]).toMatchObject({
      ...{ rule: "probes", chart: "shop", environment: "dev" },
    });
  });

  it.each([
    { defect: "a port by a name that no port has", render: api("/readyz, port: http", "/readyz, port: web") },
    { defect: "a port by a number that is not declared", render: api("port: 8080", "port: 8081") },
    { defect: "a number in quotes, which is a name", render: api("port: 8080", 'port: "8080"') },
    { defect: "a port of UDP", render: api("/readyz, port: http", "/readyz, port: dns") },
    {
      defect: "a probe of a container without ports",
      render: good(API.replace(/ports: \[.*?\],/, ""), GRAPH, SERVICE),
    },
    { defect: "a host", render: api("path: /readyz", "host: example.org, path: /readyz") },
    { defect: "a readiness probe that is the liveness probe", render: api("path: /readyz", "path: /healthz") },
    {
      defect: "the same, with defaults written out",
      render: api(
        "{ httpGet: { path: /readyz, port: http } }",
        "{ httpGet: { path: /healthz, port: 8080, scheme: HTTP }, periodSeconds: 10 }",
      ),
    },
    { defect: "HTTP where the registry has no port", render: good(API, GRAPH.replace("tcpSocket", "httpGet")) },
    {
      defect: "a served component with a liveness probe alone",
      render: good(API.replace(/startupProbe.*livenessProbe/, "livenessProbe")),
    },
    {
      defect: "a served StatefulSet without probes",
      render: good("ports: [{ name: http, containerPort: 8080 }]", GRAPH, SERVICE, "StatefulSet"),
    },
    {
      defect: "a served component that does not declare the target port",
      render: good("image: x", GRAPH, SERVICE.replace("http", "8080")),
    },
    {
      defect: "a gRPC probe of an undeclared port",
      render: good(API, GRAPH.replace("tcpSocket: { port: health }", "grpc: { port: 9000 }")),
    },
  ])("tells $defect", ({ render }) => {
    expect(found(render)).toMatchSnapshot();
    expect(found(render)).not.toEqual([]);
  });

  it("tells HTTP of a component that is listed as one without", () => {
    expect(found(good(), { withoutHttp: ["api"] })).toHaveLength(3);
  });

  it("maps components of the registry to those of the chart", () => {
    const http = good(API, GRAPH.replace("tcpSocket", "httpGet")).manifests;
    const renamed = { ...good(), manifests: http };
    expect(found(renamed, { registry: REGISTRY, components: { graph: "graph-worker" } })).toEqual([]);
  });

  it("takes the same question with more patience for another probe", () => {
    const render = api("{ path: /readyz, port: http } }", "{ path: /healthz, port: http }, failureThreshold: 1 }");
    expect(found(render)).toEqual([]);
  });

  it("asks nothing of what no Service selects, nor of a Service without a selector", () => {
    expect(found(good("image: x", GRAPH, SERVICE.replace("app: api", "app: other")))).toEqual([]);
    expect(found(good("image: x", GRAPH, SERVICE.replace("selector: { app: api }, ", "")))).toEqual([]);
  });

  it("asks the container that answers, and not the one beside it", () => {
    const beside = `${API} }, { name: proxy, image: y, ports: [{ name: admin, containerPort: 9901 }]`;
    expect(found(good(beside))).toEqual([]);
    expect(found(good(beside, GRAPH, SERVICE.replace("targetPort: http", "targetPort: admin")))).toHaveLength(1);
  });
});

describe("the time it takes", () => {
  it("is under 50 ms for 100 objects", () => {
    const render = renderOf(
      ...Array.from({ length: 25 }, () => [
        workload("Deployment", "api", API),
        workload("Deployment", "graph", GRAPH),
        SERVICE,
        JOB,
      ]).flat(),
    );
    expect(leastCpuMilliseconds(() => checkProbes(render, { registry: REGISTRY }))).toBeLessThan(50);
  });
});

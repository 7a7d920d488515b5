import { describe, expect, it } from "vitest";

import { graphOf, parsePort } from "../../../src/platform/chart-specs.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { refusal } from "./refusal.ts";

describe("the charts of a platform file", () => {
  it("get the system's namespace and their own name as release", () => {
    const text = `
systems:
  shop:
    source: .
    charts:
      shop: { path: charts/shop, environments: { dev: [] } }
`;
    const [chart] = parsePlatform(text, "ship.yaml").charts;
    expect(chart).toEqual({
      ...{ system: "shop", name: "shop", path: "charts/shop", release: "shop", namespace: "shop" },
      ...{
        images: {},
        environments: { dev: [] },
        secrets: {},
        throwAway: {},
        withoutHttp: [],
        config: undefined,
        network: undefined,
      },
      ...{ lockedImages: {}, withoutImage: {}, checks: [] },
    });
  });

  it("keep what is written", () => {
    const text = `
systems:
  shop:
    source: .
    namespace: market
    images: { api: { dockerfile: Dockerfile, bases: {} } }
    charts:
      store:
        path: charts/store
        release: shop-store
        images: { api: server.image }
        lockedImages: { postgres: database.image, qdrant: vectors.image }
        withoutImage: { qdrant: { vectors.enabled: false } }
        checks:
          - name: an order is paid
            from: test
            requests:
              - { request: "POST http://shop:80/orders", headers: { X-Client: a }, body: { book: 1 }, status: 202, keep: { order: id } }
              - { request: "GET http://shop:80/orders/{order}", json: { state: paid }, contains: paid, within: 20 }
          - { name: from outside, ingress: [{ request: "GET {entry}/", lacks: error, answerHeaders: { Server: false, Allow: /GET/ } }] }
          - { name: readiness, environments: [dev], stop: database, turnUnready: [server] }
        environments: { dev: [a.yaml, b.yaml], prod: [c.yaml] }
        secrets: { store-database: [URL] }
        withoutHttp: [server]
        config: { registry: config.yaml }
        network:
          outside: { dns: { namespace: kube-system, pods: { k8s-app: kube-dns } } }
          edges: [{ from: [server], to: dns, ports: [53/UDP, 53], environments: [prod] }]
validation:
  kubernetes: ["1.34.0"]
  customResources: [{ directory: crds }, { goModule: sigs.k8s.io/gateway-api, version: v1.4.0, directory: config/crd }]
  exceptions: exceptions.yaml
`;
    const { charts, validation } = parsePlatform(text, "ship.yaml");
    expect(charts).toEqual([
      {
        ...{ system: "shop", name: "store", path: "charts/store", release: "shop-store", namespace: "market" },
        images: { api: "server.image" },
        lockedImages: { postgres: "database.image", qdrant: "vectors.image" },
        withoutImage: { qdrant: { "vectors.enabled": false } },
        checks: [
          {
            name: "an order is paid",
            from: "test",
            requests: [
              {
                request: "POST http://shop:80/orders",
                ...{ headers: { "X-Client": "a" }, body: { book: 1 }, status: 202, json: {}, keep: { order: "id" } },
                answerHeaders: {},
                within: 10,
              },
              {
                request: "GET http://shop:80/orders/{order}",
                ...{ headers: {}, status: 200, json: { state: "paid" }, contains: "paid", keep: {}, within: 20 },
                answerHeaders: {},
              },
            ],
          },
          {
            name: "from outside",
            ingress: [
              {
                request: "GET {entry}/",
                ...{ headers: {}, status: 200, json: {}, lacks: "error", keep: {}, within: 10 },
                answerHeaders: { Server: false, Allow: "/GET/" },
              },
            ],
          },
          { name: "readiness", environments: ["dev"], stop: "database", turnUnready: ["server"], within: 60 },
        ],
        environments: { dev: ["a.yaml", "b.yaml"], prod: ["c.yaml"] },
        secrets: { "store-database": ["URL"] },
        throwAway: {},
        withoutHttp: ["server"],
        config: { registry: "config.yaml", components: {} },
        network: {
          outside: { dns: { namespace: "kube-system", pods: { "k8s-app": "kube-dns" } } },
          edges: [
            {
              from: ["server"],
              to: "dns",
              ports: [
                { port: 53, protocol: "UDP" },
                { port: 53, protocol: "TCP" },
              ],
              environments: ["prod"],
            },
          ],
        },
      },
    ]);
    expect(validation).toEqual({
      kubernetes: ["1.34.0"],
      customResources: [
        { directory: "crds" },
        { goModule: "sigs.k8s.io/gateway-api", version: "v1.4.0", directory: "config/crd" },
      ],
      exceptions: "exceptions.yaml",
      immutableFields: undefined,
    });
  });

  it.each([
    { what: "no kind", check: "{ name: a }", next: "give the keys of one of the three kinds" },
    {
      what: "two kinds",
      check: "{ name: a, from: t, requests: [{ request: GET http://a/ }], stop: b, turnUnready: [c] }",
      next: "give the keys of one of the three kinds",
    },
    {
      what: "requests from inside and outside",
      check: "{ name: a, from: t, requests: [{ request: GET http://a/ }], ingress: [{ request: GET http://a/ }] }",
      next: "give the keys of one of the three kinds",
    },
    {
      what: "a header that is neither a text nor absent",
      check: "{ name: a, ingress: [{ request: 'GET {entry}/', answerHeaders: { Allow: true } }] }",
      next: "a text, /regular expression/, or false",
    },
    {
      what: "an address without a method",
      check: '{ name: a, from: t, requests: [{ request: "http://a/" }] }',
      next: 'write, for example "GET http://shop-api:8080/orders/{order}"',
    },
    {
      what: "a time without end",
      check: "{ name: a, stop: b, turnUnready: [c], within: 0 }",
      next: "write, for example 20",
    },
  ])("refuse a check with $what", ({ check, next }) => {
    const text = `
systems:
  shop:
    source: .
    charts:
      shop:
        path: charts/shop
        environments: { dev: [] }
        checks:
          - ${check}
`;
    expect(refusal(text)).toContain(next);
  });

  it("are refused with every mistake at once", () => {
    const text = `
systems:
  shop:
    source: .
    images: { api: { dockerfile: Dockerfile, bases: {} } }
    charts:
      shop:
        path: ../charts
        release: Shop
        images: { apii: api.image, api: "api image" }
        environments: { test: [a.yaml] }
        network:
          outside: { dns: {}, cache: { namespace: a, cidrs: [10.0.0.0/8] } }
          edges: [{ from: [], to: dns, ports: [0, http] }]
  mail:
    source: .
    charts: { shop: { path: charts/mail, environments: { dev: [] } } }
validation:
  kubernetes: [1.36]
  customResources: [{ directory: a, goModule: sigs.k8s.io/gateway-api }]
`;
    expect(refusal(text)).toMatchSnapshot();
  });
});

describe("graphOf", () => {
  it("gives what lies outside the addresses that it has in an environment", () => {
    const outside = {
      dns: { namespace: "kube-system" },
      anywhere: { cidrs: ["0.0.0.0/0"] },
      database: { cidrs: { staging: ["10.20.0.0/16"], prod: ["10.30.0.0/16"] } },
    };
    const shared = { dns: { namespace: "kube-system" }, anywhere: { cidrs: ["0.0.0.0/0"] } };
    const graph = { outside, edges: [] };
    expect(graphOf(graph, "dev")).toEqual({ outside: shared, edges: [] });
    expect(graphOf(graph, "prod")).toEqual({
      outside: { ...shared, database: { cidrs: ["10.30.0.0/16"] } },
      edges: [],
    });
  });
});

describe("parsePort", () => {
  it.each([
    { text: 5432, expected: { port: 5432, protocol: "TCP" } },
    { text: "5432/TCP", expected: { port: 5432, protocol: "TCP" } },
    { text: "53/UDP", expected: { port: 53, protocol: "UDP" } },
  ])("reads $text", ({ text, expected }) => {
    expect(parsePort(text)).toEqual(expected);
  });
});

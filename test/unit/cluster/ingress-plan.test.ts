import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { entryPods, NO_CHART } from "../../../src/cluster/entry-checks.ts";
import { controllerManifests, OUTSIDE } from "../../../src/cluster/ingress-manifests.ts";
import { type EnteredRelease, ingressNotes, planIngress } from "../../../src/cluster/ingress-plan.ts";
import type { ImageLock } from "../../../src/platform/image-lock.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const LOCK: ImageLock = { traefik: { reference: `registry.invalid/traefik:v3@${DIGEST}`, reason: "entries" } };
const RENDER = `
apiVersion: v1
kind: Service
metadata: { name: shop }
spec: { ports: [{ name: metrics, port: 9000 }, { name: http, port: 8000 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [shop.example.com], secretName: shop-tls }]
  rules:
    - host: shop.example.com
      http: { paths: [{ path: /, backend: { service: { name: shop, port: { name: http } } } }] }
`;
const PLAIN = RENDER.replace(/ {2}tls: .*\n/, "");

function release(
  render: string,
  checks = "[{ name: answers, ingress: [{ request: 'GET {entry}/', headers: { Origin: '{entry}' } }] }]",
  outside = "{ ingress-controller: { namespace: entry, pods: { app: controller } } }",
  name = "shop",
): EnteredRelease {
  const text = `
systems:
  ${name}:
    source: .
    charts:
      ${name}:
        path: charts/shop
        environments: { dev: [] }
        checks: ${checks}
        network: { outside: ${outside}, edges: [{ from: [ingress-controller], to: shop, ports: [8000] }] }
`;
  const [spec] = parsePlatform(text, "ship.yaml").charts;
  if (spec === undefined) throw new Error("the platform has no chart");
  return { spec, manifests: parseManifests(render, "shop") };
}

describe("planIngress", () => {
  it("comes in through the controller of the lock, where the network says it is", () => {
    expect(planIngress([release(RENDER)], "dev", LOCK)).toEqual({
      kind: "controller",
      place: { namespace: "entry", labels: { app: "controller" } },
      reference: `registry.invalid/traefik:v3@${DIGEST}`,
      image: `registry.invalid/traefik@${DIGEST}`,
      entries: [
        {
          ...{ chart: "shop", namespace: "shop", host: "shop.example.com", className: "nginx", secret: "shop-tls" },
          ...{ redirects: true, service: "shop", port: 8000 },
        },
      ],
    });
  });

  it.each([
    { what: "no TLS", render: PLAIN },
    {
      what: "an annotation against it",
      render: RENDER.replace(
        "kind: Ingress\nmetadata: { name: shop",
        '$&, annotations: { nginx.ingress.kubernetes.io/ssl-redirect: "false" }',
      ),
    },
  ])("expects no redirect where there is $what", ({ render }) => {
    expect(planIngress([release(render)], "dev", LOCK)).toMatchObject({ entries: [{ redirects: false }] });
  });

  it("asks the Service where the lock has no controller, and says so", () => {
    const plan = planIngress([release(RENDER)], "dev", {});
    expect(plan.kind).toBe("service");
    expect(ingressNotes(plan)).toEqual([
      "entries: not proved: the image lock has no traefik, so checks from outside asked the Services from the namespace entry",
    ]);
  });

  it("needs nothing where no check comes from outside", () => {
    const plan = planIngress([release(RENDER, "[]")], "dev", LOCK);
    expect([plan, ingressNotes(plan)]).toEqual([{ kind: "none" }, []]);
  });

  it.each([
    { what: "without an Ingress", releases: [release("")], says: /dev renders none with a host/ },
    {
      what: "without the place of the controller",
      releases: [release(RENDER, undefined, "{ ingress-controller: { cidrs: [10.0.0.0/8] } }")],
      says: /its network does not say where that is\nNext: name its namespace under outside: ingress-controller/,
    },
    {
      what: "with two places",
      releases: [release(RENDER), release(RENDER, undefined, "{ ingress-controller: { namespace: other } }", "store")],
      says: /charts do not agree on where the ingress controller is: entry \{"app":"controller"\}, other \{\}/,
    },
  ])("refuses a check $what", ({ releases, says }) => {
    expect(() => planIngress(releases, "dev", LOCK)).toThrow(says);
  });
});

describe("entryPods", () => {
  const podsOf = (render: string, lock: ImageLock) => {
    const releases = [release(render)];
    const way = planIngress(releases, "dev", lock);
    if (way.kind === "none") throw new Error("there is no way in");
    return entryPods(way, releases, "dev", "PEM").map(({ chart, pod }) => {
      return { chart, namespace: pod.namespace, checks: pod.checks, manifest: pod.manifest };
    });
  };

  it("ask by host through the controller, over TLS where there is some, for a redirect and for a host that there is not", () => {
    const [own, nobody] = podsOf(RENDER, LOCK);
    expect(own).toMatchObject({ chart: "shop", namespace: OUTSIDE });
    expect(own?.checks).toMatchObject([
      { requests: [{ request: "GET https://shop.example.com/", headers: { Origin: "https://shop.example.com" } }] },
      { requests: [{ request: "GET http://shop.example.com/", status: 308 }] },
    ]);
    expect(own?.manifest).toContain('{"name":"VIA_HTTPS","value":"slipway-ingress-controller.entry.svc:443"}');
    expect(own?.manifest).toContain('{"name":"TRUSTED","value":"PEM"}');
    expect(nobody).toMatchObject({ chart: NO_CHART, checks: [{ requests: [{ status: 404 }] }] });
  });

  it("ask over plain HTTP where there is no TLS, and for no redirect", () => {
    expect(podsOf(PLAIN, LOCK)[0]?.checks).toMatchObject([{ requests: [{ request: "GET http://shop.example.com/" }] }]);
  });

  it("stand in the controller's place where there is none, and ask the Service", () => {
    const [own, ...rest] = podsOf(RENDER, {});
    expect(rest).toEqual([]);
    expect(own).toMatchObject({
      namespace: "entry",
      checks: [{ requests: [{ request: "GET http://shop.example.com/" }] }],
    });
    expect(own?.manifest).toContain('"labels":{"app":"controller"}');
    expect(own?.manifest).toContain('{"name":"VIA_HTTP","value":"shop.shop.svc:8000"}');
    expect(own?.manifest).not.toContain("VIA_HTTPS");
  });
});

describe("controllerManifests", () => {
  it("carry the labels that policies know, make each class once, and read the cluster alone", () => {
    const plan = planIngress([release(RENDER)], "dev", LOCK);
    if (plan.kind === "none") throw new Error("there is no way in");
    const entries = [...plan.entries, ...plan.entries];
    const manifests = parseManifests(controllerManifests(plan.place, entries, plan.image), "controller");
    const [list] = manifests;
    expect(JSON.stringify(list?.body).match(/"kind":"IngressClass"/g)).toHaveLength(1);
    expect(JSON.stringify(list?.body)).toContain(
      '"labels":{"app":"controller","slipway.invalid/ingress-controller":"true"}',
    );
    const verbs = [...JSON.stringify(list?.body).matchAll(/"resources":\[([^\]]*)\],"verbs":\[([^\]]*)\]/g)];
    const writing = verbs.filter(([, , allowed = ""]) => /create|update|patch|delete|\*/.test(allowed));
    expect(writing.map(([, resources]) => resources)).toEqual(['"ingresses/status"']);
  });
});

import { describe, expect, it } from "vitest";

import { throwAwaySecrets } from "../../../src/cluster/throw-away-secrets.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

it("C-31: gives every key of every declared Secret a value of its own, and says which", () => {
  const text = `
systems:
  shop:
    source: .
    namespace: market
    charts:
      shop:
        path: charts/shop
        environments: { dev: [] }
        secrets: { shop-database: [URL, PASSWORD], shop-cache: [PASSWORD] }
`;
  let made = 0;
  const { manifest, values } = parsePlatform(text, "ship.yaml").charts.map((chart) =>
    throwAwaySecrets(chart, () => `value${++made}`),
  )[0] ?? { manifest: "", values: [] };
  const secret = (name: string, stringData: object) => {
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "market" }, type: "Opaque", stringData };
  };
  expect(JSON.parse(manifest)).toEqual({
    apiVersion: "v1",
    kind: "List",
    items: [
      secret("shop-database", { URL: "value1", PASSWORD: "value2" }),
      secret("shop-cache", { PASSWORD: "value3" }),
    ],
  });
  expect(values).toEqual(["value1", "value2", "value3"]);
});

it("gives a Secret the certificate that its entry shows, whose key is a secret", () => {
  const text = `
systems:
  shop:
    source: .
    charts:
      shop: { path: charts/shop, environments: { dev: [] }, secrets: { shop-tls: [tls.crt, tls.key], other: [tls.key] } }
`;
  const certificates = new Map([["shop/shop-tls", { certificate: "shown", key: "kept" }]]);
  const [made] = parsePlatform(text, "ship.yaml").charts.map((chart) =>
    throwAwaySecrets(chart, () => "r", certificates),
  );
  expect(JSON.parse(made?.manifest ?? "")).toMatchObject({
    items: [
      {
        metadata: { name: "shop-tls" },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": "shown", "tls.key": "kept" },
      },
      { metadata: { name: "other" }, type: "Opaque", stringData: { "tls.key": "r" } },
    ],
  });
  expect(made?.values).toContain("kept");
});

describe("a value that the platform file gives", () => {
  const secretsOf = (secrets: string) => {
    const text = `
systems:
  shop:
    source: .
    charts:
      shop:
        path: charts/shop
        environments: { dev: [] }
        secrets: ${secrets}
`;
    let made = 0;
    return parsePlatform(text, "ship.yaml").charts.map((chart) => throwAwaySecrets(chart, () => `value${++made}`))[0];
  };

  it("is made from others and from new ones, of which each is a secret", () => {
    const made = secretsOf(
      '{ db: [password], shop: { URL: "postgres://{db.password}@db", KEY: "k-{random}", MODE: open } }',
    );
    expect(made?.manifest).toContain('{"URL":"postgres://value1@db","KEY":"k-value2","MODE":"open"}');
    expect(made?.values).toEqual(["value1", "value2"]);
  });

  it("is refused where it names a key that there is not", () => {
    expect(() => secretsOf('{ db: [password], shop: { URL: "{db.user}" } }')).toThrow(
      "the value of shop.URL in secrets of the chart shop names {db.user}, and there is no such key",
    );
  });
});

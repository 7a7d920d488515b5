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
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "market" }, stringData };
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

import { describe, expect, it } from "vitest";

import {
  absentExternals,
  ExternalImpossibleError,
  planExternals,
  withExternalSecrets,
} from "../../../src/cluster/externals-plan.ts";
import type { ChartSpec } from "../../../src/platform/chart-spec.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const LOCK = { postgres: { reference: `db.example.com/postgres:1@sha256:${"a".repeat(64)}`, reason: "database" } };

/** Two charts whose databases are in the same block. */
function charts(block = "10.20.1.0/29", environment = "staging"): readonly ChartSpec[] {
  const chart = (name: string) => `
      ${name}:
        path: charts/${name}
        environments: { dev: [], staging: [] }
        secrets: { ${name}-db: [URL, password] }
        network:
          outside: { database: { cidrs: { ${environment}: [${block}] } }, search: { cidrs: { staging: [10.20.2.0/28] } } }
          edges:
            - { from: [${name}], to: database, ports: [5432] }
            - { from: [${name}], to: search, ports: [9200] }
        externals:
          database:
            image: postgres
            port: 5432
            host: ${name}.{environment}.example.internal
            secrets: { ${name}-db: { URL: "postgres://{${name}-db.password}@${name}.{environment}.example.internal" } }
          search: { image: search, port: 9200, host: search.example.internal, without: { search.url: "" } }`;
  const text = `systems:\n  shop:\n    source: .\n    charts:${chart("shop")}${chart("desk")}\n`;
  return parsePlatform(text, "ship.yaml").charts;
}

describe("planExternals", () => {
  it("gives each service of a block an address of its own, and none where the environment has no such block", () => {
    expect(planExternals(charts(), "staging", LOCK).map(({ name, address, host }) => [name, address, host])).toEqual([
      ["shop-database", "10.20.1.1", "shop.staging.example.internal"],
      ["desk-database", "10.20.1.2", "desk.staging.example.internal"],
    ]);
    expect(planExternals(charts(), "dev", LOCK)).toEqual([]);
  });

  it("goes without in dev what may be anywhere there, and takes a block of dev like any other", () => {
    expect(planExternals(charts("0.0.0.0/0", "dev"), "dev", LOCK)).toEqual([]);
    expect(planExternals(charts("10.20.1.0/29", "dev"), "dev", LOCK)).toHaveLength(2);
  });

  it("refuses a block that is full, and one that has no addresses to take", () => {
    expect(() => planExternals(charts("10.20.1.0/30"), "staging", LOCK)).toThrow(
      "nothing can stand for database, outside of the chart desk: 10.20.1.0/30 is full",
    );
    expect(() => planExternals(charts("0.0.0.0/0"), "staging", LOCK)).toThrow(ExternalImpossibleError);
    expect(() => planExternals(charts("fd00::/64"), "staging", LOCK)).toThrow("fd00::/64 has no address to answer on");
  });
});

describe("absentExternals", () => {
  it("names what the lock has no image for, and refuses where nothing says how to do without", () => {
    const [shop] = charts();
    if (shop === undefined) throw new Error("there is a chart");
    expect(absentExternals(shop, "staging", LOCK)).toEqual([
      { outside: "search", image: "search", without: { "search.url": "" } },
    ]);
    expect(absentExternals(shop, "dev", LOCK)).toEqual([]);
    expect(() => absentExternals(shop, "staging", {})).toThrow("the image lock has no postgres");
  });
});

describe("withExternalSecrets", () => {
  it("fills in the values of the environment, and leaves a chart as it is where nothing is stood for", () => {
    const [shop] = charts();
    if (shop === undefined) throw new Error("there is a chart");
    const planned = planExternals([shop], "staging", LOCK);
    expect(withExternalSecrets(shop, planned, "staging").throwAway).toEqual({
      "shop-db": { URL: "postgres://{shop-db.password}@shop.staging.example.internal" },
    });
    expect(withExternalSecrets(shop, [], "dev")).toEqual(shop);
  });
});

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { installValues } from "../../../src/cluster/install-values.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const [chart] = parsePlatform(
  `
systems:
  shop:
    source: .
    images: { api: { dockerfile: Dockerfile, bases: {} } }
    charts:
      shop:
        path: charts/shop
        images: { api: server.image }
        lockedImages: { postgres: database.image, qdrant: vectors.image }
        withoutImage: { qdrant: { vectors.enabled: false, server.vectors.url: "" } }
        environments: { dev: [] }
`,
  "ship.yaml",
).charts;
if (chart === undefined) throw new Error("the platform file has a chart");

const DIGEST = `sha256:${"b".repeat(64)}`;
const postgres = { reference: `mirror.example.com/db/postgres:17@${DIGEST}`, reason: "database" };
const qdrant = { reference: `mirror.example.com/qdrant:1@${DIGEST}`, reason: "vectors" };

describe("installValues", () => {
  it("takes outside images from the lock, whichever it is, and pulls none", () => {
    const { values, notes } = installValues(chart, { postgres, qdrant }, "dev");
    expect(parse(values)).toEqual({
      server: { image: { pullPolicy: "Never" } },
      database: {
        image: { pullPolicy: "Never", registry: "mirror.example.com", repository: "db/postgres", digest: DIGEST },
      },
      vectors: { image: { pullPolicy: "Never", registry: "mirror.example.com", repository: "qdrant", digest: DIGEST } },
    });
    expect(notes).toEqual([]);
  });

  it("goes without an image that the lock lacks, and says so", () => {
    const { values, notes } = installValues(chart, { postgres }, "dev");
    expect(parse(values)).toMatchObject({ vectors: { enabled: false }, server: { vectors: { url: "" } } });
    expect(notes).toEqual([
      "shop goes without qdrant, which the image lock does not have (vectors.enabled=false, server.vectors.url=)",
    ]);
  });

  it("refuses a lock without an image that nothing replaces", () => {
    expect(() => installValues(chart, { qdrant }, "dev")).toThrow(
      "[config] the image lock has no postgres, which the chart shop runs",
    );
  });
});

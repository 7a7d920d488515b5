import { describe, expect, it } from "vitest";

import { formatReleaseRecord, parseReleaseRecord, type ReleaseRecord } from "../../../src/release/release-record.ts";
import {
  joinParts,
  partRepository,
  partsOf,
  type ReadPart,
  untestedReason,
  untrustedReason,
} from "../../../src/release/release-parts.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const PLATFORM = { file: "deploy/platform.yaml", digest: A };

/** As one publish of all systems writes it, in the order of the platform file. */
const RECORD: ReleaseRecord = {
  version: 1,
  revision: "c1",
  images: [
    { name: "api", system: "shop", repository: "shop-api", digest: A },
    { name: "site", system: "docs", repository: "site", digest: B },
    { name: "worker", system: "shop", repository: "shop-worker", digest: B },
  ],
  charts: [
    { name: "site", system: "docs", repository: "charts/site", version: "1.0.0", digest: B, images: { image: B } },
    {
      name: "shop",
      system: "shop",
      repository: "charts/shop",
      version: "1.0.0",
      digest: A,
      images: { "api.image": A },
    },
  ],
};
const WHOLE = { revision: "c1", platform: PLATFORM, images: RECORD.images, charts: RECORD.charts };

function read(records: readonly ReleaseRecord[] = partsOf(RECORD, ["shop", "docs"], PLATFORM)): ReadPart[] {
  return records.map((record) => {
    const system = record.part?.system ?? "whole";
    return { system, reference: `r.example/${partRepository(system)}:sha-c1`, record };
  });
}

/** The parts, the first of which says something else. */
function readWith(change: Partial<ReleaseRecord>): ReadPart[] {
  const [first, ...rest] = read();
  return first?.record === undefined ? [] : [{ ...first, record: { ...first.record, ...change } }, ...rest];
}

describe("joinParts", () => {
  it("makes of the parts, as they come, the very text that one publish of all systems writes", () => {
    const [shop, docs] = read();
    const written = [docs, shop].flatMap((part) => {
      if (part?.record === undefined) return [];
      return [{ ...part, record: parseReleaseRecord(formatReleaseRecord(part.record), part.reference) }];
    });
    expect(formatReleaseRecord(joinParts("sha-c1", written, WHOLE))).toBe(formatReleaseRecord(RECORD));
  });

  it("gives a system the same record whichever systems it is published with", () => {
    const [shop] = partsOf(RECORD, ["shop"], PLATFORM);
    expect(partsOf(RECORD, ["shop", "docs"], PLATFORM)[0]).toEqual(shop);
    expect(shop?.images.map(({ name }) => name)).toEqual(["api", "worker"]);
  });

  it("refuses a missing system by its name", () => {
    const [shop, docs] = read();
    const missing = [shop, docs].flatMap((part, at) =>
      part === undefined ? [] : [at === 1 ? { ...part, record: undefined } : part],
    );
    expect(() => joinParts("sha-c1", missing, WHOLE)).toThrowErrorMatchingSnapshot();
  });

  it.each([
    { what: "another commit", change: { revision: "c2" }, says: /shop: \S+ is of commit c2, and this is c1/ },
    {
      what: "another platform file",
      change: { part: { system: "shop", platform: { ...PLATFORM, digest: B } } },
      says: /shop: \S+ is of another platform: deploy\/platform\.yaml \(sha256:b+\), and this is .*\(sha256:a+\)/,
    },
    {
      what: "another system",
      change: { part: { system: "docs", platform: PLATFORM } },
      says: /shop: \S+ is the record of docs/,
    },
    { what: "a whole release", change: { part: undefined }, says: /shop: \S+ is the record of a whole release/ },
    { what: "fewer images", change: { images: RECORD.images.slice(0, 1) }, says: /shop: \S+ has no image worker/ },
    { what: "no chart", change: { charts: [] }, says: /shop: \S+ has no chart shop/ },
    {
      what: "an image of another system",
      change: { images: RECORD.images },
      says: /shop: \S+ has the image site, which is not of this system/,
    },
  ])("refuses a part of $what by the name of its system", ({ change, says }) => {
    expect(() => joinParts("sha-c1", readWith(change), WHOLE)).toThrow(says);
    expect(() => joinParts("sha-c1", readWith(change), WHOLE)).toThrow(/^\[gate\] the parts of release sha-c1 do not/);
  });
});

describe("why aliases stay behind parts", () => {
  it("names who is to be trusted, and what was not tested", () => {
    expect(untrustedReason("deploy/release-policy.yaml").reason).toMatch(/^deploy\/release-policy\.yaml trusts nobody/);
    expect(untestedReason("dev", ["shop", "docs"])).toEqual({
      reason: "no pass of the smoke test in dev is attached to all of shop and docs",
      next: "run ci --env dev --only shop and ci --env dev --only docs again, then join again",
    });
  });
});

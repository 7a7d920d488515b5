import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { joinedKey, passKey, type Proven } from "../../../src/cluster/pass-key.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (name: string, letter: string) => ({
  reference: `registry.invalid/${name}@${digest(letter)}`,
  reason: name,
});
const LOCK = { k3s: image("k3s", "a"), golang: image("golang", "b"), nats: image("nats", "c") };

function chart(check: string) {
  const text = `
systems:
  shop:
    source: .
    charts:
      shop:
        path: charts/shop
        environments: { dev: [] }
        checks: [{ name: ${check}, from: api, requests: [{ request: "GET http://shop/" }] }]
`;
  const [spec] = parsePlatform(text, "platform.yaml").charts;
  if (spec === undefined) throw new Error("the platform has a chart");
  return spec;
}

const pod = (letter: string) =>
  parseManifests(
    `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { image: "shop@${digest(letter)}" }\n`,
    "shop",
  );
const PROVEN: Proven = {
  ...{ environment: "dev", lock: LOCK, programs: "sha256:1", externals: [], ingress: { kind: "none" } },
  releases: [{ spec: chart("answers"), manifests: pod("d") }],
};

describe("passKey", () => {
  it("is the same for the same, whatever else is in the image lock", () => {
    const other = { ...LOCK, nats: image("nats", "f"), redis: image("redis", "e") };
    expect(passKey({ ...PROVEN, lock: other })).toBe(passKey(PROVEN));
    expect(passKey(PROVEN)).toMatch(/^[0-9a-f]{64}$/);
  });

  const external = { name: "shop-db", chart: "shop", outside: "db", address: "10.0.0.1", host: "db.example.com" };
  const spec = { image: "nats", port: 1, host: "db", args: [], env: {}, user: 1, secrets: {} };
  it.each<{ what: string; proven: Partial<Proven> }>([
    { what: "environment", proven: { environment: "prod" } },
    { what: "image of the cluster", proven: { lock: { ...LOCK, k3s: image("k3s", "9") } } },
    { what: "compiler of the programs", proven: { lock: { ...LOCK, golang: image("golang", "9") } } },
    { what: "source of the programs", proven: { programs: "sha256:2" } },
    { what: "image of a release", proven: { releases: [{ spec: chart("answers"), manifests: pod("e") }] } },
    { what: "check", proven: { releases: [{ spec: chart("answers well"), manifests: pod("d") }] } },
    { what: "service outside", proven: { externals: [{ ...external, spec }] } },
    {
      what: "way in",
      proven: {
        ingress: { kind: "service", place: { namespace: "a", labels: {} }, entries: [], reference: "", image: "" },
      },
    },
  ])("is another for another $what", ({ proven }) => {
    expect(passKey({ ...PROVEN, ...proven })).not.toBe(passKey(PROVEN));
  });

  it("is another for another image of a service outside", () => {
    const beside: Proven = { ...PROVEN, externals: [{ ...external, spec }] };
    expect(passKey({ ...beside, lock: { ...LOCK, nats: image("nats", "9") } })).not.toBe(passKey(beside));
  });
});

describe("joinedKey", () => {
  it("is another for other keys and another order", () => {
    expect(new Set([["a", "b"], ["b", "a"], ["ab"], []].map(joinedKey)).size).toBe(4);
  });
});

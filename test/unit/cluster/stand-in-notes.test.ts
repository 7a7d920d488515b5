import { describe, expect, it } from "vitest";

import { parseManifests } from "../../../src/charts/manifest.ts";
import { standInNotes } from "../../../src/cluster/stand-in-notes.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const reference = (name: string) => `registry.invalid/${name}@${DIGEST}`;

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "it" } };
const container = { name: "it", image: reference("dragonfly") };
const manifests = parseManifests(JSON.stringify({ ...pod, spec: { containers: [container] } }), "shop (dev)");

describe("standInNotes", () => {
  it("names every stand-in, and says of those that run in the cluster what they are", () => {
    const lock = {
      golang: { reference: reference("golang"), reason: "compiler", standIn: "made from packages" },
      dragonfly: { reference: reference("dragonfly"), reason: "cache", standIn: "made from a Redis server" },
      nginx: { reference: reference("nginx"), reason: "pages" },
      k3s: { reference: reference("k3s"), reason: "cluster", standIn: "made from Go modules" },
    };
    expect(standInNotes(lock, [{ manifests }])).toEqual([
      "stand-ins instead of the official images: golang, dragonfly, k3s",
      "what ran as dragonfly was a stand-in, made from a Redis server",
      "what ran as k3s was a stand-in, made from Go modules",
    ]);
  });

  it("says nothing where all images are the official ones", () => {
    expect(
      standInNotes({ dragonfly: { reference: reference("dragonfly"), reason: "cache" } }, [{ manifests }]),
    ).toEqual([]);
  });
});

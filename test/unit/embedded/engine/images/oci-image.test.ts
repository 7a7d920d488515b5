import { createHash } from "node:crypto";

import { describe, expect, it } from "vitest";

import type { Layer } from "../../../../../embedded/engine/images/oci-image.ts";
import { composeImage, digestOf } from "../../../../../embedded/engine/images/oci-image.ts";

const CREATED = "2026-01-01T00:00:00.000Z";
const LAYER: Layer = { file: "/made/layer.tar.gz", digest: digestOf("packed"), size: 6, diffId: digestOf("plain") };
const SETTINGS = { environment: { A: "1" }, entrypoint: ["/run"], user: "999", ports: ["80/tcp"] };

describe("composeImage", () => {
  it("writes the same bytes for the same input", () => {
    const first = composeImage([LAYER], SETTINGS, "amd64", CREATED);
    const second = composeImage([{ ...LAYER, file: "/elsewhere/layer.tar.gz" }], SETTINGS, "amd64", CREATED);
    expect(second.manifest).toEqual(first.manifest);
    expect(second.config).toEqual(first.config);
  });

  it.each([
    { what: "a layer", layers: [{ ...LAYER, digest: digestOf("other") }], settings: SETTINGS, architecture: "amd64" },
    { what: "a setting", layers: [LAYER], settings: { ...SETTINGS, user: "1" }, architecture: "amd64" },
    { what: "the architecture", layers: [LAYER], settings: SETTINGS, architecture: "arm64" },
  ])("gives another digest when $what changes", ({ layers, settings, architecture }) => {
    const first = composeImage([LAYER], SETTINGS, "amd64", CREATED);
    expect(composeImage(layers, settings, architecture, CREATED).manifest.digest).not.toBe(first.manifest.digest);
  });

  it("names config and layers by their digests and sizes", () => {
    const { config, manifest } = composeImage([LAYER], SETTINGS, "amd64", CREATED);
    expect(JSON.parse(manifest.content)).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: `sha256:${createHash("sha256").update(config.content).digest("hex")}`,
        size: config.content.length,
      },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: LAYER.digest, size: 6 }],
    });
  });

  it("writes the settings as OCI spells them", () => {
    const { config } = composeImage([LAYER], SETTINGS, "amd64", CREATED);
    expect(JSON.parse(config.content)).toEqual({
      created: CREATED,
      architecture: "amd64",
      os: "linux",
      config: {
        User: "999",
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=1"],
        Entrypoint: ["/run"],
        ExposedPorts: { "80/tcp": {} },
      },
      rootfs: { type: "layers", diff_ids: [LAYER.diffId] },
    });
  });
});

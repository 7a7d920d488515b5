import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { digestValues } from "../../../src/charts/values-file.ts";

describe("digestValues", () => {
  it("sets the digest below each value", () => {
    const digests = new Map([
      ["api", "sha256:aa"],
      ["ui", "sha256:bb"],
    ]);
    const images = { api: "server.api.image", ui: "server.ui.image", worker: "worker.image" };
    expect(parse(digestValues(images, digests))).toEqual({
      server: { api: { image: { digest: "sha256:aa" } }, ui: { image: { digest: "sha256:bb" } } },
    });
  });

  it("is an empty map for a chart that runs no image of the platform", () => {
    expect(digestValues({}, new Map())).toBe("{}\n");
  });
});

import { describe, expect, it } from "vitest";

import { buildFailures, buildTable, ImagesFailedError } from "../../../src/images/build-report.ts";

const MIB = 1_048_576;
const built = {
  name: "api",
  ok: true,
  seconds: 1.26,
  value: {
    spec: { maxCompressedMiB: 15 },
    facts: {
      digest: `sha256:${"a".repeat(64)}`,
      compressedBytes: 9 * MIB,
      unpackedBytes: 20 * MIB,
      layers: [{ digest: `sha256:${"b".repeat(64)}`, compressedBytes: 9 * MIB, unpackedBytes: 20 * MIB }],
      made: "once",
    },
    isNew: true,
  },
} as const;
const broken = { name: "worker", ok: false, seconds: 3, error: new Error("no such file") } as const;
const dockerfiles = new Map([
  ["api", "docker/Dockerfile.api"],
  ["worker", "docker/Dockerfile.worker"],
]);

describe("buildTable", () => {
  it("shows sizes, digest, layers, seconds and whether this run built the image", () => {
    expect(buildTable([built, broken])).toMatchInlineSnapshot(`
      "IMAGE   COMPRESSED  UNPACKED  DIGEST                                                                   LAYERS  SECONDS  STATE
      api        9.0 MiB  20.0 MiB  sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa       1      1.3  built
      worker           -         -  -                                                                             -      3.0  failed"
    `);
  });

  it("says cached for an image that an earlier run made", () => {
    expect(buildTable([{ ...built, value: { ...built.value, isNew: false } }])).toMatch(/cached$/);
  });
});

describe("buildFailures", () => {
  it("finds nothing when all is well", () => {
    expect(buildFailures([built], dockerfiles, undefined)).toEqual([]);
  });

  it("names every image that failed and every image of the wrong size", () => {
    const failures = buildFailures([built, broken], dockerfiles, []);
    expect(failures.map((failure) => [failure.name, failure.text])).toEqual([
      ["api", "has no entry in the baseline of image sizes; add it from image-sizes.json"],
      ["worker", "no such file"],
    ]);
    expect(new ImagesFailedError(failures, 2, "the table").message).toMatchInlineSnapshot(`
      "[gate] 2 of 2 images failed: api, worker

      api (docker/Dockerfile.api)
        has no entry in the baseline of image sizes; add it from image-sizes.json

      worker (docker/Dockerfile.worker)
        no such file

      the table

      Next: mend what is named above, then build one alone with: build --image api"
    `);
  });
});

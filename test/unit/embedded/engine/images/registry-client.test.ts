import { writeFile } from "node:fs/promises";
import path from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import type { Image } from "../../../../../embedded/engine/images/oci-image.ts";
import { composeImage, digestOf } from "../../../../../embedded/engine/images/oci-image.ts";
import type { Fetch } from "../../../../../embedded/engine/images/registry-client.ts";
import { pushImage } from "../../../../../embedded/engine/images/registry-client.ts";
import { scratchFolder } from "../scratch.ts";

const REPOSITORY = { registry: "127.0.0.1:5000", name: "golang" };
const signal = new AbortController().signal;
let image: Image;

/** Answers like a registry that has `has`; keeps what it was asked. */
function fakeRegistry(has: readonly string[], asked: string[], upload = 202): Fetch {
  return (address, { method }) => {
    const url = new URL(address);
    asked.push(`${method ?? "GET"} ${url.pathname}${url.search === "" ? "" : " +digest"}`);
    if (method === "HEAD") {
      return Promise.resolve(
        new Response(null, { status: has.some((digest) => address.endsWith(digest)) ? 200 : 404 }),
      );
    }
    const headers = { location: "/v2/golang/blobs/uploads/1?state=x" };
    return Promise.resolve(new Response(null, { status: method === "POST" ? upload : 201, headers }));
  };
}

beforeEach(async () => {
  const file = path.join(await scratchFolder(), "layer.tar.gz");
  await writeFile(file, "packed");
  image = composeImage([{ file, digest: digestOf("packed"), size: 6, diffId: digestOf("plain") }], {}, "amd64", "");
});

describe("pushImage", () => {
  it("sends layers and config before the manifest", async () => {
    const asked: string[] = [];
    await pushImage(REPOSITORY, "1.26", image, signal, fakeRegistry([], asked));
    const upload = ["POST /v2/golang/blobs/uploads/", "PUT /v2/golang/blobs/uploads/1 +digest"];
    expect(asked).toEqual([
      `HEAD /v2/golang/manifests/${image.manifest.digest}`,
      `HEAD /v2/golang/blobs/${digestOf("packed")}`,
      ...upload,
      `HEAD /v2/golang/blobs/${image.config.digest}`,
      ...upload,
      "PUT /v2/golang/manifests/1.26",
    ]);
  });

  it("sends nothing that is there already", async () => {
    const asked: string[] = [];
    await pushImage(REPOSITORY, "1.26", image, signal, fakeRegistry([image.manifest.digest], asked));
    expect(asked).toEqual([`HEAD /v2/golang/manifests/${image.manifest.digest}`]);
  });

  it("says what was asked and answered when the registry refuses", async () => {
    await expect(pushImage(REPOSITORY, "1.26", image, signal, fakeRegistry([], [], 507))).rejects.toThrow(
      "[infra] POST http://127.0.0.1:5000/v2/golang/blobs/uploads/: status 507",
    );
  });
});

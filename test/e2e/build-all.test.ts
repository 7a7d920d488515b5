import { readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseImageSizes } from "../../src/images/image-sizes.ts";
import { inEngine, outsideImage, ownSource, ROOT, slipway, tableRows } from "./support/slipway.ts";

const GO = ["worker", "api", "ui", "graph-worker", "embed-worker", "migrate"];
const NAMES = [...GO, "backend", "web", "admin", "server", "cli"];
const LIST = z.object({ images: z.array(z.object({ name: z.string(), digest: z.string(), tarball: z.string() })) });
const INDEX = z.object({ manifests: z.tuple([z.object({ digest: z.string() })]) });

describe("build-all (C-02, C-06)", () => {
  it("Y-23: builds the images of all systems, and has all of them cached the second time", async () => {
    const [first, second] = await inEngine(async () => [await slipway().buildAll(), await slipway().buildAll()]);
    const [before, after] = [tableRows(first), tableRows(second)];
    expect([...after.keys()].slice(1)).toEqual(NAMES);
    for (const name of NAMES) {
      expect(before.get(name)?.[3], name).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(after.get(name)?.[3], name).toBe(before.get(name)?.[3]);
      expect(after.get(name)?.[6], name).toBe("cached");
    }
  });

  it("rebuilds only the service whose line was changed", async () => {
    const table = await inEngine(async () => {
      await slipway().buildAll();
      const file = "docker/reference/cruvero/cmd/worker/main.go";
      const text = await ownSource().file(file).contents();
      const changed = `${text}\nfunc init() { println("${Date.now()}") }\n`;
      return slipway({ source: ownSource().withNewFile(file, changed) }).buildAll();
    });
    const built = [...tableRows(table).values()].filter((row) => row.at(-1) === "built").map((row) => row[0]);
    expect(built).toEqual(["worker"]);
  });
});

describe("images", () => {
  it("gives a tarball per image that holds the digest of the table, and the sizes", async () => {
    await inEngine(async () => {
      const table = tableRows(await slipway().buildAll());
      const directory = await slipway().images();
      const { images } = LIST.parse(JSON.parse(await directory.file("images.json").contents()));
      expect(images.map((image) => image.name)).toEqual(NAMES);
      for (const { name, digest, tarball } of images) {
        expect(digest).toBe(table.get(name)?.[3]);
        const unpacked = (await outsideImage("golang"))
          .withMountedFile("/image.tar", directory.file(tarball))
          .withExec(["tar", "-xOf", "/image.tar", "index.json"]);
        expect(INDEX.parse(JSON.parse(await unpacked.stdout())).manifests[0].digest).toBe(digest);
      }
      const sizes = parseImageSizes(await directory.file("image-sizes.json").contents(), "image-sizes.json");
      expect(sizes.map((size) => size.name)).toEqual([...NAMES].sort());
    });
  });

  it("has a committed baseline of exactly the images that are built (Y-13)", async () => {
    const file = "deploy/image-sizes.json";
    const baseline = parseImageSizes(await readFile(path.join(ROOT, file), "utf8"), file);
    expect(baseline.map((size) => size.name)).toEqual([...NAMES].sort());
  });
});

describe("versions", () => {
  it("names the engine, the tools that are no images, and every image of the lock", async () => {
    const rows = await inEngine(async () => tableRows(await slipway().versions()));
    expect(rows.get("dagger")?.[1]).toBe("v0.21.8");
    expect(rows.get("syft")?.[1]).toMatch(/^github\.com\/anchore\/syft@v\d/);
    expect([...rows.keys()]).toEqual(expect.arrayContaining(["grype", "cosign"]));
    expect([...rows.keys()]).toEqual(expect.arrayContaining(["slipway", "regctl", "golang", "node", "static"]));
  });
});

describe("a container that build gives", () => {
  it("is the image of the Dockerfile, labelled with the commit", async () => {
    await inEngine(async () => {
      const container = await slipway().build("api");
      expect(await container.entrypoint()).toEqual(["/usr/bin/api"]);
      expect(await container.user()).toBe("10001:10001");
      expect(await container.label("org.opencontainers.image.revision")).toMatch(/^[0-9a-f]{40}$/);
      const shell = await container.rootfs().glob("**/sh");
      expect(shell, "no shell in the image").toEqual([]);
    });
  });
});

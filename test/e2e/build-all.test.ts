import { readFile } from "node:fs/promises";
import path from "node:path";

import { ImageLayerCompression } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseImageSizes } from "../../src/images/image-sizes.ts";
import { inEngine, outsideImage, ownSource, ROOT, slipway, tableRows } from "./support/slipway.ts";

const GO = ["worker", "api", "ui", "graph-worker", "embed-worker", "migrate"];
const NAMES = [...GO, "backend", "web", "admin", "server", "cli"];
const LIST = z.object({ images: z.array(z.object({ name: z.string(), digest: z.string(), tarball: z.string() })) });
const INDEX = z.object({ manifests: z.tuple([z.object({ digest: z.string() })]) });

/** Most megabytes (10^6 bytes) that an image may add to its base, compressed; the base is the lock's, a stand-in or not. */
const ADDED = [
  { name: "backend", base: "python-3.11", megabytes: 40 },
  { name: "server", base: "python-3.13", megabytes: 35 },
  { name: "web", base: "nginx", megabytes: 3 },
  { name: "admin", base: "nginx", megabytes: 3 },
] as const;

/** Prints the layers of an OCI layout in a tar archive: what each unpacks to, and its bytes in the archive. */
const LAYERS = `
import json, sys, tarfile
for name in sys.argv[1:]:
    with tarfile.open(name) as archive:
        read = lambda path: json.load(archive.extractfile(path))
        blob = lambda digest: read("blobs/" + digest.replace(":", "/"))
        manifest = blob(read("index.json")["manifests"][0]["digest"])
        found = blob(manifest["config"]["digest"])["rootfs"]["diff_ids"]
        sizes = [layer["size"] for layer in manifest["layers"]]
        print(json.dumps({"unpacked": found, "bytes": sizes}))
`;
const LAYER_LIST = z.object({ unpacked: z.array(z.string()), bytes: z.array(z.number()) });

/** Bytes of the layers that are not those of the base; throws where the image does not begin with its base. */
function addedBytes(image: z.infer<typeof LAYER_LIST>, base: z.infer<typeof LAYER_LIST>): number {
  expect(image.unpacked.slice(0, base.unpacked.length)).toEqual(base.unpacked);
  return image.bytes.slice(base.unpacked.length).reduce((total, bytes) => total + bytes, 0);
}

/** The images that add more than they may. */
function tooLarge(images: readonly { name: string; megabytes: number; added: number }[]): string[] {
  return images
    .filter(({ megabytes, added }) => added > megabytes)
    .map(({ name, megabytes, added }) => `${name} adds ${added.toFixed(2)} MB to its base, more than ${megabytes}`);
}

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

  it("adds no more to the bases of services in Python and of sites than it may", async () => {
    const lists = await inEngine(async () => {
      const built = await slipway().images();
      let reader = (await outsideImage("python-3.11")).withMountedDirectory("/images", built);
      for (const base of new Set(ADDED.map((each) => each.base))) {
        const tarball = (await outsideImage(base)).asTarball({ forcedCompression: ImageLayerCompression.Uncompressed });
        reader = reader.withMountedFile(`/bases/${base}.tar`, tarball);
      }
      const files = ADDED.flatMap(({ name, base }) => [`/images/${name}.tar`, `/bases/${base}.tar`]);
      const output = await reader.withExec(["python3", "-c", LAYERS, ...files]).stdout();
      return output
        .trim()
        .split("\n")
        .map((line) => LAYER_LIST.parse(JSON.parse(line)));
    });
    const added = ADDED.map(({ name, megabytes }, index) => {
      const [image, base] = lists.slice(2 * index);
      if (image === undefined || base === undefined) throw new Error(`no layers of ${name} were printed`);
      return { name, megabytes, added: addedBytes(image, base) / 1e6 };
    });
    expect(tooLarge(added)).toEqual([]);
    // A bound that is too narrow names each of them.
    const narrow = added.map((each) => ({ ...each, megabytes: 0.001 }));
    expect(tooLarge(narrow).map((text) => text.split(" ")[0])).toEqual(["backend", "server", "web", "admin"]);
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

import { dag, type File } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { inEngine, outsideImage, ownSource, ROOT, runLock, slipway } from "./support/slipway.ts";

describe("what build-all refuses", () => {
  it("names every image that failed with its last lines, and the ones that were built", async () => {
    await inEngine(async () => {
      const source = ownSource()
        .withNewFile("docker/reference/cruvero/cmd/api/main.go", "package main\n\nfunc main() { undefined() }\n")
        .withNewFile("docker/Dockerfile.migrate", "ARG RUNTIME_IMAGE\nFROM ${RUNTIME_IMAGE}\nCOPY not-there /\n");
      const failed = slipway({ source }).buildAll();
      await expect(failed).rejects.toThrow(/^\[gate\] 2 of \d+ images failed: api, migrate\n/);
      await expect(failed).rejects.toThrow(/undefined: undefined/);
      await expect(failed).rejects.toThrow(/not-there: no such file or directory/);
      await expect(failed).rejects.toThrow(/\nworker +\d.* (built|cached)\n/);
      await expect(failed).rejects.not.toThrow(/xxh3|traceparent/);
    });
  });

  it("refuses an image that grew past the committed baseline (Y-13)", async () => {
    await inEngine(async () => {
      const size = { name: "api", compressedBytes: 1000, unpackedBytes: 1, digest: "sha256:0" };
      const baseline = JSON.stringify({ images: [size] });
      const source = ownSource().withNewFile("deploy/image-sizes.json", baseline);
      await expect(slipway({ source }).buildAll()).rejects.toThrow(/api .*\n {2}grew from 0\.0 MiB to /);
    });
  });

  it("refuses a lock with a tag and no digest, naming file and line (S-14)", async () => {
    await inEngine(async () => {
      const lock = (await runLock().contents()).replace(/@sha256:[0-9a-f]{64}/, "");
      const images = dag.directory().withNewFile("planted.lock.yaml", lock).file("planted.lock.yaml");
      await expect(slipway({ images }).buildAll()).rejects.toThrow(
        /^\[config\] planted\.lock\.yaml.*\n.*planted\.lock\.yaml:\d+/,
      );
    });
  });

  it("refuses a mistaken platform file, naming file and line", async () => {
    await inEngine(async () => {
      const source = ownSource().withNewFile("deploy/platform.yaml", "systems:\n  cruvero:\n    sorce: x\n");
      await expect(slipway({ source }).buildAll()).rejects.toThrow(
        /^\[config\] deploy\/platform\.yaml has 1 mistake\n[^]*platform\.yaml:3:5 systems\.cruvero\.sorce/,
      );
    });
  });

  it("refuses an image that the platform file does not have", async () => {
    await inEngine(async () => {
      await expect(slipway().build("apo")).rejects.toThrow(
        /^\[config\] deploy\/platform\.yaml has no image "apo"\nNext: pass --image with one of: .*\bapi\b/,
      );
    });
  });
});

/** Folders of the source that credentials are planted in. */
const FOLDERS = ["", "docker/", "docker/reference/cruvero/", "docker/reference/cruvero/cmd/api/"];

/** How often a text is in the unpacked blobs of an image: its layers, configuration and manifest. */
async function countIn(tarball: File, text: string): Promise<number> {
  const unpack = 'for f in blobs/sha256/*; do gunzip -c "$f" 2> /dev/null || cat "$f"; done > all';
  const unpacked = (await outsideImage("golang"))
    .withMountedFile("/image.tar", tarball)
    .withMountedTemp("/tmp")
    .withEnvVariable("TEXT", text)
    .withExec(["sh", "-ec", `cd /tmp; tar -xf /image.tar; ${unpack}; { grep -ao "$TEXT" all || true; } | wc -l`]);
  return Number((await unpacked.stdout()).trim());
}

describe("what never gets into an image (S-10)", () => {
  it("keeps planted credentials out of the context and every layer", async () => {
    // In parts: the source has this file, too.
    const canary = ["canary", "91b7e0"].join("-");
    const names = ["tls.pem", "id.key", "store.p12", "store.pfx", "credentials.json", "credentials-ci.json", ".env"];
    await inEngine(async () => {
      let source = ownSource();
      for (const folder of FOLDERS) {
        for (const name of names) source = source.withNewFile(`${folder}${name}`, canary);
      }
      const everything = "ARG RUNTIME_IMAGE\nFROM ${RUNTIME_IMAGE}\nCOPY . /context/\n";
      source = source.withNewFile("docker/Dockerfile.migrate", everything);
      const context = await slipway({ source }).build("migrate");
      const found = await context.directory("/context").glob("**");
      expect(found).toContain("docker/reference/cruvero/cmd/api/main.go");
      expect(found.filter((file) => names.some((name) => file.split("/").includes(name)))).toEqual([]);

      expect(await countIn(context.asTarball(), canary), "in the layers").toBe(0);
      const unguarded = await slipway({ source: source.withoutFile(".dockerignore") }).build("migrate");
      expect(await countIn(unguarded.asTarball(), canary), "without .dockerignore").toBe(FOLDERS.length * names.length);
    });
  });
});

describe("a platform of somebody else", () => {
  it("is built from its own layout through --source and --platform", async () => {
    await inEngine(async () => {
      const source = dag.host().directory(`${ROOT}/test/fixtures/foreign`);
      const table = await slipway({ source, platform: "platform/ship.yaml", revision: "" }).buildAll();
      expect(table).toMatch(/^platform\/ship\.yaml: 2 images of commit unknown/);
      expect(table.match(/ (built|cached)$/gm)).toHaveLength(2);
    });
  });
});

import { dag, ImageLayerCompression, ReturnType } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { BASE_SCRIPT, IMAGE_SCRIPT, LAYOUT_SCRIPT } from "../../src/images/layout-scripts.ts";
import { DOCKER_CONFIG } from "../../src/images/normalise.ts";
import { lookupImage } from "../../src/platform/image-lock.ts";
import { registryTool } from "./support/registry-tool.ts";
import { ACCOUNT, accountPassword, closedRegistry, REGISTRY } from "./support/registry.ts";
import {
  asListed,
  failureOf,
  headCommit,
  inEngine,
  lockOfRun,
  outsideImage,
  runLock,
  slipway,
} from "./support/slipway.ts";

/** Most megabytes (10^6 bytes) that an image may add to its base, compressed; the base is the lock's, a stand-in or not. */
const ADDED = [
  { name: "backend", base: "python-3.11", megabytes: 40 },
  { name: "server", base: "python-3.13", megabytes: 35 },
  { name: "web", base: "nginx", megabytes: 3 },
  { name: "admin", base: "nginx", megabytes: 3 },
] as const;

const UNPACKED = ImageLayerCompression.Uncompressed;
const LAYERS = z.array(z.object({ digest: z.string(), size: z.number() }));
const MANIFEST = z.object({ layers: LAYERS });
/** Prints the manifest of an image in a tar archive. */
const READ_IMAGE = `cd /tmp
tar -xf /image.tar
manifest=$(perl -MJSON::PP -e 'local $/; print decode_json(<>)->{manifests}[0]{digest}' index.json)
cat "blobs/sha256/\${manifest#sha256:}"
`;
/** Prints every time that a file in $LAYERS has, each once. */
const READ_TIMES = `cd /tmp
tar -xf /image.tar
for layer in $LAYERS; do tar --full-time -tvf "blobs/sha256/\${layer#sha256:}"; done | grep -o '[0-9-]\\{10\\} [0-9:]\\{8\\}' | sort -u
`;

/** The images that add more than they may. */
function tooLarge(images: readonly { name: string; megabytes: number; added: number }[]): string[] {
  return images
    .filter(({ megabytes, added }) => added > megabytes)
    .map(({ name, megabytes, added }) => `${name} adds ${added.toFixed(2)} MB to its base, more than ${megabytes}`);
}

describe("the layers of an image (S-14)", () => {
  it("are those of its base as the registry has them, and its own, which are no more than they may be", async () => {
    const found = await inEngine(async () => {
      const lock = await lockOfRun();
      const [images, golang] = [await slipway().images(), await outsideImage("golang")];
      return Promise.all(
        ADDED.map(async ({ name, base, megabytes }) => {
          const reference = lookupImage(lock, base).reference;
          const asked = registryTool(lock).withExec([
            "regctl",
            "manifest",
            "get",
            "--platform",
            "local",
            reference,
            "--format",
            "raw-body",
          ]);
          const image = golang.withMountedFile("/image.tar", images.file(`${name}.tar`)).withMountedTemp("/tmp");
          const { layers } = MANIFEST.parse(JSON.parse(await image.withExec(["sh", "-ec", READ_IMAGE]).stdout()));
          const below = MANIFEST.parse(JSON.parse(await asked.stdout())).layers;
          const own = layers.slice(below.length);
          const times = image.withEnvVariable("LAYERS", own.map(({ digest }) => digest).join(" "));
          return {
            ...{ name, megabytes, layers, below },
            added: own.reduce((total, { size }) => total + size, 0) / 1e6,
            times: (await times.withExec(["sh", "-ec", READ_TIMES]).stdout()).trim().split("\n"),
          };
        }),
      );
    });
    for (const { name, layers, below, times } of found) {
      expect(
        layers.slice(0, below.length).map(({ digest }) => digest),
        name,
      ).toEqual(below.map(({ digest }) => digest));
      expect(layers.length, name).toBeGreaterThan(below.length);
      expect(times, `${name}: one time, the commit's`).toEqual([asListed(headCommit().time)]);
    }
    expect(tooLarge(found)).toEqual([]);
    // A bound that is too narrow names each of them.
    const narrow = found.map((each) => ({ ...each, megabytes: 0.001 }));
    expect(tooLarge(narrow).map((text) => text.split(" ")[0])).toEqual(ADDED.map(({ name }) => name));
  });

  it("are refused when they are not those of the base that the Dockerfile names", async () => {
    const ended = await inEngine(async () => {
      const lock = await lockOfRun();
      const built = (await outsideImage("static")).asTarball({ forcedCompression: UNPACKED });
      const base = JSON.stringify({ layers: [{ unpacked: `sha256:${"0".repeat(64)}` }], history: [] });
      const image = registryTool(lock)
        .withMountedFile("/input/built.tar", built)
        .withNewFile("/base/base.json", base)
        .withNewFile("/base/names/0", "etc/passwd\netc/planted\n")
        .withNewFile("/tools/layout.pl", LAYOUT_SCRIPT)
        .withEnvVariable("CREATED", "2026-01-01T00:00:00Z")
        .withExec(["sh", "-c", IMAGE_SCRIPT], { expect: ReturnType.Any });
      return `${await image.exitCode()} ${await image.stderr()}`;
    });
    expect(ended).toMatch(/^[1-9]\d* .*layer 0 of the image has other files than that of its base: .*etc\/planted/s);
  });

  it("come from a registry that asks for a login, with the logins of --registry-auth", async () => {
    const [refused, names] = await inEngine(async () => {
      const { service, ca } = await closedRegistry();
      const repository = `${REGISTRY}/bases/static`;
      const tool = registryTool(await lockOfRun())
        .withMountedFile("/etc/ssl/certs/registry.pem", ca)
        .withServiceBinding("registry", await service.start())
        .withNewFile("/tools/layout.pl", LAYOUT_SCRIPT);
      const push = `printf %s "$PASSWORD" | regctl registry login ${REGISTRY} --user ${ACCOUNT.user} --pass-stdin > /dev/null
regctl image import ocidir:///tmp/image:static /image.tar
regctl image copy ocidir:///tmp/image:static ${repository}:1 && regctl image digest ${repository}:1`;
      const pushed = tool
        .withMountedTemp("/root")
        .withMountedFile("/image.tar", (await outsideImage("static")).asTarball())
        .withSecretVariable("PASSWORD", accountPassword())
        .withExec(["sh", "-euc", push]);
      const digest = (await pushed.stdout()).trim().split("\n").at(-1) ?? "";
      const read = tool.withEnvVariable("REFERENCE", `${repository}@${digest}`);
      const without = read.withExec(["sh", "-c", BASE_SCRIPT], { expect: ReturnType.Any });
      const auth = Buffer.from(`${ACCOUNT.user}:${ACCOUNT.password}`).toString("base64");
      const config = dag.setSecret("docker-config", JSON.stringify({ auths: { [REGISTRY]: { auth } } }));
      const base = read.withMountedSecret(DOCKER_CONFIG, config).withExec(["sh", "-c", BASE_SCRIPT]);
      return [`${await without.exitCode()} ${await without.stderr()}`, await base.directory("/base/names").entries()];
    });
    expect(refused).toMatch(/^[1-9]\d* .*(401|unauthorized)/is);
    expect(names).toContain("0");
  });

  it.skipIf(process.env.SLIPWAY_IMAGES_LOCK === undefined)(
    "name the base whose registry does not answer to containers (embedded mode only: its registry is on loopback)",
    async () => {
      const lock = await inEngine(async () => runLock().contents());
      // The engine reaches the loopback registry, containers do not.
      const text = lock.replace(/(\nstatic:\n {2}reference: )[^/\n]+\//, `$1${process.env.SLIPWAY_REGISTRY ?? ""}/`);
      const failure = await inEngine(async () => {
        const images = dag.directory().withNewFile("images.lock.yaml", text).file("images.lock.yaml");
        return failureOf(slipway({ images }).buildAll());
      });
      expect(failure).toContain("worker (docker/Dockerfile.worker)");
      expect(failure).toMatch(/the base 127\.0\.0\.1:\d+\/static:\S+ could not be read from its registry/);
      expect(failure).toContain("--registry-auth");
      expect(failure, "those of other bases").not.toContain("Dockerfile.backend)\n");
    },
  );
});

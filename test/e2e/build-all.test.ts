import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";

import type { File } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseImageSizes } from "../../src/images/image-sizes.ts";
import { lookupImage } from "../../src/platform/image-lock.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import {
  asListed,
  headCommit,
  inEngine,
  lockOfRun,
  outsideImage,
  ownSource,
  ROOT,
  slipway,
  tableRows,
} from "./support/slipway.ts";

const GO = ["worker", "api", "ui", "graph-worker", "embed-worker", "migrate"];
const NAMES = [...GO, "backend", "web", "admin", "server", "cli"];
/** Images whose user a source names (S-03); all others have one of their own. */
const AS_APPUSER = ["server", "cli"];
const LABEL = "org.opencontainers.image";
const LIST = z.object({ images: z.array(z.object({ name: z.string(), digest: z.string(), tarball: z.string() })) });
const DESCRIPTION = z.strictObject({
  digest: z.string(),
  /** When the image says that it was made, and every time that a file of its own last layer has. */
  created: z.string(),
  times: z.array(z.string()),
  /** Programs in any layer that are named like a shell. */
  shells: z.array(z.string()),
  config: z.looseObject({
    User: z.string(),
    Labels: z.record(z.string(), z.string()),
    Healthcheck: z.unknown().optional(),
  }),
});

/** Prints what DESCRIPTION says of the image in /image.tar. */
const DESCRIBE = String.raw`use strict;
use warnings;
use JSON::PP;
sub text { open(my $file, '<', $_[0]) or die "$_[0]: $!"; local $/; return <$file> }
sub blob { return 'blobs/sha256/' . substr($_[0], length('sha256:')) }
chdir('/tmp');
system('tar', '-xf', '/image.tar') == 0 or die 'tar';
my $digest = decode_json(text('index.json'))->{manifests}[0]{digest};
my $manifest = decode_json(text(blob($digest)));
my $image = decode_json(text(blob($manifest->{config}{digest})));
my @layers = map { blob($_->{digest}) } @{$manifest->{layers}};
my @files = map { split /\n/, qx(tar -tf $_) } @layers;
my %times = map { $_ => 1 } qx(tar --full-time -tvf $layers[-1]) =~ /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/g;
print encode_json({
  digest => $digest, created => $image->{created}, times => [sort keys %times], config => $image->{config},
  shells => [grep { m{(^|/)((a|ba|da|z)?sh|busybox)$} } @files],
});
`;

/** Reads configuration and layers of an image in a tar archive. */
async function describeImage(tarball: File): Promise<z.output<typeof DESCRIPTION>> {
  const described = (await outsideImage("golang"))
    .withMountedFile("/image.tar", tarball)
    .withMountedTemp("/tmp")
    .withNewFile("/describe.pl", DESCRIBE)
    .withExec(["perl", "/describe.pl"]);
  return DESCRIPTION.parse(JSON.parse(await described.stdout()));
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
      // A commit that nobody has built: of results that are older, an engine whose cache is full drops some at any moment.
      const revision = randomBytes(20).toString("hex");
      await slipway({ revision }).buildAll();
      const file = "docker/reference/cruvero/cmd/worker/main.go";
      const text = await ownSource().file(file).contents();
      const changed = `${text}\nfunc init() { println("${Date.now()}") }\n`;
      return slipway({ source: ownSource().withNewFile(file, changed), revision }).buildAll();
    });
    const built = [...tableRows(table).values()].filter((row) => row.at(-1) === "built").map((row) => row[0]);
    expect(built).toEqual(["worker"]);
  });
});

describe("images", () => {
  it("gives a tarball per image: the digest of the table, the time of the commit, its user, its labels, no health check, no shell", async () => {
    await inEngine(async () => {
      const table = tableRows(await slipway().buildAll());
      const directory = await slipway().images();
      const { images } = LIST.parse(JSON.parse(await directory.file("images.json").contents()));
      expect(images.map((image) => image.name)).toEqual(NAMES);
      const described = await Promise.all(images.map(({ tarball }) => describeImage(directory.file(tarball))));
      const { commit, time } = headCommit();
      for (const [index, { name, digest }] of images.entries()) {
        expect(digest).toBe(table.get(name)?.[3]);
        expect(described[index], name).toMatchObject({
          digest,
          created: time.toISOString(),
          times: [asListed(time)],
          config: {
            User: AS_APPUSER.includes(name) ? "1000:1000" : "10001:10001",
            Labels: { [`${LABEL}.licenses`]: "Apache-2.0", [`${LABEL}.revision`]: commit },
          },
        });
        expect(described[index]?.config, "no health check in any image (X-11)").not.toHaveProperty("Healthcheck");
        const { [`${LABEL}.title`]: title, [`${LABEL}.description`]: description } =
          described[index]?.config.Labels ?? {};
        expect([title, description], name).toEqual([expect.stringMatching(/-/), expect.stringMatching(/ /)]);
        if (GO.includes(name)) expect(described[index]?.shells, "no shell in any layer").toEqual([]);
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

describe("a Dockerfile of a Go service (C-02)", () => {
  it("is all that a plain docker build needs; only the bases are those of the lock", async () => {
    const file = "deploy/platform.yaml";
    const { images } = parsePlatform(await readFile(path.join(ROOT, file), "utf8"), file);
    const services = images.filter(({ name }) => GO.includes(name));
    const entrypoints = await inEngine(async () => {
      const lock = await lockOfRun();
      const build = (dockerfile: string, bases: Readonly<Record<string, string>>) =>
        ownSource().dockerBuild({
          dockerfile,
          buildArgs: Object.entries(bases).map(([name, base]) => ({ name, value: lookupImage(lock, base).reference })),
        });
      return Promise.all(
        services.map(async ({ dockerfile, bases }) => (await build(dockerfile, bases).sync()).entrypoint()),
      );
    });
    expect(entrypoints).toEqual(services.map(({ name }) => [`/usr/bin/${name}`]));
  });
});

describe("a container that build gives", () => {
  it("is the image of the Dockerfile, labelled with the commit, and shows what a Dockerfile must not have", async () => {
    await inEngine(async () => {
      const container = await slipway().build("api");
      expect(await container.entrypoint()).toEqual(["/usr/bin/api"]);
      expect(await container.user()).toBe("10001:10001");
      expect(await container.label("org.opencontainers.image.revision")).toMatch(/^[0-9a-f]{40}$/);

      // What an image must not have is seen where one has it.
      const file = "docker/Dockerfile.api";
      const planted = 'COPY docker/nginx.default.conf /bin/sh\nHEALTHCHECK CMD ["/usr/bin/api"]\nUSER 0\n';
      const text = await ownSource().file(file).contents();
      const source = ownSource().withNewFile(file, `${text}\n${planted}`);
      const { shells, config } = await describeImage((await slipway({ source }).build("api")).asTarball());
      expect(shells).toEqual(["bin/sh"]);
      expect(config).toMatchObject({ User: "0", Healthcheck: { Test: ["CMD", "/usr/bin/api"] } });
    });
  });
});

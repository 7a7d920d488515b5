/** Holds the platform that this repository ships, and its image lock, to the requirements. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { lookupImage, parseImageLock } from "../../../src/platform/image-lock.ts";
import { parseImageReference } from "../../../src/platform/image-reference.ts";
import { checkBases, parsePlatform } from "../../../src/platform/platform-file.ts";
import { parseDockerfile, type Stage } from "../dockerfile-steps.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const lock = parseImageLock(read("deploy/images.lock.yaml"), "deploy/images.lock.yaml");
const platform = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");

describe("deploy/platform.yaml", () => {
  it("C-01, C-06, A-02: names the images of the systems, their Dockerfiles, repositories and budgets", () => {
    const rows = platform.images.map(({ system, name, dockerfile, repository, maxCompressedMiB }) =>
      [system, name, dockerfile, repository, maxCompressedMiB].join(" "),
    );
    expect(rows).toEqual([
      "cruvero worker docker/Dockerfile.worker cruvero-worker 14",
      "cruvero api docker/Dockerfile.api cruvero-api 14",
      "cruvero ui docker/Dockerfile.ui cruvero-ui 11",
      "cruvero graph-worker docker/Dockerfile.graph-worker cruvero-graph-worker 14",
      "cruvero embed-worker docker/Dockerfile.embed-worker cruvero-embed-worker 14",
      "cruvero migrate docker/Dockerfile.migrate cruvero-migrate 9.5",
      "yab backend docker/Dockerfile.backend api 71",
      "yab web docker/Dockerfile.web web 14",
      "yab admin docker/Dockerfile.web admin 14",
      "cleveragents server docker/Dockerfile.server cleveragents-server 66",
      "cleveragents cli docker/Dockerfile.cli cleveragents-cli 66",
    ]);
  });

  it("X-19: takes every base from the image lock", () => {
    expect(() => {
      checkBases(platform, lock);
    }).not.toThrow();
  });

  it.each(platform.images)("X-19, A-34: gives $name a pinned image for each base of its Dockerfile", (image) => {
    expect(baseMistakes(image, read(image.dockerfile))).toEqual([]);
  });

  it("X-19, A-34: would find a base that is not given, or that differs from the Dockerfile's default", () => {
    const image = { name: "api", args: {}, bases: { GO_IMAGE: "golang", RUNTIME_IMAGE: "static" } };
    const planted =
      "ARG GO_IMAGE=golang:1.25-bookworm\nARG NODE_IMAGE=node:24\nFROM ${NODE_IMAGE} AS web\nFROM ${GO_IMAGE}\nCOPY --from=web / /\n";
    expect(baseMistakes(image, planted)).toEqual([
      "the Dockerfile takes GO_IMAGE, NODE_IMAGE and is given GO_IMAGE, RUNTIME_IMAGE",
      `GO_IMAGE is golang:1.25-bookworm by default and ${lookupImage(lock, "golang").reference} in the lock`,
    ]);
  });
});

describe("deploy/images.lock.yaml", () => {
  it("S-14: pins every image by a digest of its own", () => {
    const digests = Object.values(lock).map(({ reference }) => parseImageReference(reference).digest);
    expect(new Set(digests).size).toBe(Object.keys(lock).length);
    expect(digests).not.toContain(undefined);
  });

  it("holds what images are built from, charts are checked with and install, and no stand-in", () => {
    expect(Object.keys(lock).sort()).toEqual([
      ...["dragonfly", "flutter", "golang", "helm", "helm-4", "k3s", "kube-linter", "kubeconform", "nats", "nginx"],
      ...["node", "postgres", "python-3.11", "python-3.13", "qdrant", "redis", "registry", "static", "traefik"],
    ]);
    expect(Object.values(lock).filter(({ standIn }) => standIn !== undefined)).toEqual([]);
  });
});

describe("test/fixtures/foreign/platform/ship.yaml", () => {
  const ship = parsePlatform(read("test/fixtures/foreign/platform/ship.yaml"), "platform/ship.yaml");

  it("describes somebody else's layout", () => {
    checkBases(ship, lock);
    expect(ship.imageSizes).toBeUndefined();
    expect(ship.images).toEqual([
      {
        system: "greetings",
        name: "hello",
        dockerfile: "services/hello/Containerfile",
        context: ".",
        bases: { TOOLCHAIN: "golang", BASE: "static" },
        args: { GREETING: "Hello from another repository" },
        repository: "greetings/hello",
        source: "services/hello",
      },
      {
        system: "site",
        name: "page",
        dockerfile: "services/page/Containerfile",
        context: "services/page",
        bases: { BASE: "static" },
        args: {},
        repository: "page",
        source: "services/page",
      },
    ]);
  });

  it.each(ship.images)("gives $name a pinned image for each base of its Dockerfile", (image) => {
    expect(baseMistakes(image, read(`test/fixtures/foreign/${image.dockerfile}`))).toEqual([]);
  });
});

/** Says which bases a Dockerfile takes that it is not given, and which defaults are not what the lock pins. */
function baseMistakes(
  image: { name: string; args: Readonly<Record<string, string>>; bases: Readonly<Record<string, string>> },
  text: string,
): string[] {
  const file = parseDockerfile(image.name, text);
  const { baseArguments } = file;
  const argumentOf = (base: string) => /^\$\{(\w+)\}$/.exec(base)?.[1] ?? "";
  // An argument may also choose a stage; then the image is made of that one.
  const stageOf = (name: string) =>
    file.stages.find((stage) => stage.name === ({ ...baseArguments, ...image.args }[argumentOf(name)] ?? name));
  const needed = new Set<Stage>();
  const need = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    const froms = stage.steps.flatMap(({ flags, mounts }) => [
      ...flags.flatMap((flag) => /^--from=(.+)$/.exec(flag)?.[1] ?? []),
      ...mounts.flatMap(({ from }) => from ?? []),
    ]);
    for (const name of [stage.base, ...froms]) {
      const next = stageOf(name);
      if (next !== undefined) need(next);
    }
  };
  need(file.last);
  const bases = [...needed].map(({ base }) => base).filter((base) => stageOf(base) === undefined);
  const taken = [...new Set(bases.map(argumentOf).filter((name) => name !== ""))].sort();
  const given = Object.keys(image.bases).sort();
  const differ = `the Dockerfile takes ${taken.join(", ")} and is given ${given.join(", ")}`;
  const wrong = Object.entries(image.bases).filter(([arg, base]) => {
    const standard = baseArguments[arg];
    return standard !== undefined && !refines(lookupImage(lock, base).reference, standard);
  });
  return [
    ...(taken.join() === given.join() ? [] : [differ]),
    ...wrong.map(([arg, base]) => {
      return `${arg} is ${baseArguments[arg] ?? ""} by default and ${lookupImage(lock, base).reference} in the lock`;
    }),
  ];
}

/** True when a locked reference is the familiar one, or a patch of the version that it names. */
function refines(locked: string, familiar: string): boolean {
  const exact = parseImageReference(locked);
  const loose = parseImageReference(familiar);
  const [version = "", ...variant] = (loose.tag ?? "").split("-");
  const [patch = "", ...exactVariant] = (exact.tag ?? "").split("-");
  return (
    exact.registry === loose.registry &&
    exact.repository === loose.repository &&
    loose.digest === undefined &&
    exactVariant.join("-") === variant.join("-") &&
    (patch === version || patch.startsWith(`${version}.`))
  );
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

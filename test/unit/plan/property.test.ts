/** Many generated changes, each judged by a model that builds: what comes out otherwise must have been named. */
import { createHash } from "node:crypto";

import ignore from "@balena/dockerignore";
import { describe, expect, it } from "vitest";

import { affectedBy } from "../../../src/plan/affected.ts";
import { imageInputs } from "../../../src/plan/image-inputs.ts";
import { parsePlatform, type Platform } from "../../../src/platform/platform-file.ts";

type Random = (below: number) => number;
type Tree = ReadonlyMap<string, string>;
/** A COPY of the model: the text of the Dockerfile, and what it takes, told apart by hand. */
type Copy = { readonly text: string; readonly takes: (path: string) => boolean };
type World = {
  readonly tree: Tree;
  readonly base: string;
  readonly copies: readonly Copy[];
  readonly argument: string;
};

const FOLDERS = ["", "app", "app/api", "app/api/deep", "app/lib", "site", "site/img", "notes"];
const NAMES = ["main.go", "lib.go", "a.html", "b.html", "go.mod", "README.md", "x.log", "data"];
const IGNORES = [
  ["**/*.md"],
  ["*", "!app", "!site", "**/*.log"],
  ["notes", "site/*", "!site/a.html"],
  ["**/deep", "!app/api/deep/data"],
  [],
];
const isIn = (folder: string) => (path: string) => path === folder || path.startsWith(`${folder}/`);

/** Forms of COPY, each with what Docker makes of it. */
const COPIES: readonly ((argument: string) => Copy)[] = [
  () => ({ text: "COPY app /app", takes: isIn("app") }),
  () => ({ text: "COPY . /all", takes: () => true }),
  () => ({
    text: "COPY --chown=1:1 ./app/api/ ./site/img/ /",
    takes: (path) => isIn("app/api")(path) || isIn("site/img")(path),
  }),
  () => ({ text: "COPY app/*.go /", takes: (path) => /^app\/[^/]*\.go$/.test(path) }),
  () => ({ text: "COPY site/?.html /", takes: (path) => /^site\/[^/]\.html$/.test(path) }),
  () => ({ text: 'COPY ["go.mod", "notes/data", "/"]', takes: (path) => ["go.mod", "notes/data"].includes(path) }),
  () => ({
    text: "COPY app/a* \\\n  # a comment\n  site/a.html /",
    takes: (path) => /^app\/a[^/]*(\/|$)/.test(path) || path === "site/a.html",
  }),
  (argument) => ({ text: "ARG FOLDER\nCOPY ${FOLDER}/main.go /", takes: (path) => path === `${argument}/main.go` }),
  (argument) => ({ text: "ARG FOLDER=x\nCOPY $FOLDER/deep /", takes: isIn(`${argument}/deep`) }),
  () => ({ text: "ENV PLACE=app/lib\nCOPY ${PLACE} /", takes: isIn("app/lib") }),
  () => ({ text: "RUN --mount=type=bind,source=site,target=/site make", takes: isIn("site") }),
  () => ({ text: "RUN --mount=target=/all make", takes: () => true }),
  () => ({ text: "COPY --from=first /out /", takes: () => false }),
];

/** Numbers from a seed, so that a failure comes again. Source: mulberry32. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

function place(random: Random): string {
  const folder = pick(random, FOLDERS);
  return folder === "" ? pick(random, NAMES) : `${folder}/${pick(random, NAMES)}`;
}

function newWorld(random: Random): World {
  const argument = pick(random, ["app", "app/api", "site"]);
  const copies = Array.from({ length: 1 + random(2) }, () => pick(random, COPIES)(argument));
  const files = Array.from({ length: 12 }, () => [place(random), String(random(1000))] as const);
  const dockerfile = `FROM base AS first\n${copies.map(({ text }) => text).join("\n")}\n`;
  const own = [["Dockerfile", dockerfile] as const, [".dockerignore", pick(random, IGNORES).join("\n")] as const];
  return { tree: new Map([...files, ...own]), base: "base-1", copies, argument };
}

/** One to three changes, as a commit makes them. */
function changed(random: Random, world: World): World {
  const tree = new Map(world.tree);
  let { base } = world;
  for (let left = 1 + random(3); left > 0; left -= 1) {
    const path = pick(
      random,
      [...tree.keys()].filter((name) => !name.startsWith("Dockerfile")),
    );
    const isIgnoreFile = path === ".dockerignore";
    switch (random(isIgnoreFile ? 1 : 6)) {
      case 0:
        tree.set(path, isIgnoreFile ? pick(random, IGNORES).join("\n") : `changed ${String(random(1000))}`);
        break;
      case 1:
        tree.delete(path);
        break;
      case 2:
        tree.set(place(random), `new ${String(random(1000))}`);
        break;
      case 3:
        tree.set(place(random), tree.get(path) ?? "");
        tree.delete(path);
        break;
      case 4:
        base = random(4) === 0 ? "base-2" : base;
        break;
      default:
        tree.set("Dockerfile", `${tree.get("Dockerfile") ?? ""}${random(4) === 0 ? "USER 1000\n" : ""}`);
    }
  }
  return { ...world, tree, base };
}

/** What a build makes of it: the Dockerfile, the base and every file that is let in and taken. */
function built({ tree, base, copies }: World): string {
  const lines = (tree.get(".dockerignore") ?? "").split("\n").filter((line) => line !== "");
  const judge = ignore().add(lines);
  const taken = [...tree].filter(([path]) => !judge.ignores(path) && copies.some(({ takes }) => takes(path))).sort();
  return createHash("sha256")
    .update(JSON.stringify([base, tree.get("Dockerfile"), taken]))
    .digest("hex");
}

const platforms = new Map<string, Platform>();

/** The platform that gives its Dockerfile an argument; there are few arguments, and each platform is read once. */
function platformWith(argument: string): Platform {
  const args = `{ FOLDER: ${argument} }`;
  const text = `systems: { shop: { source: ., images: { api: { dockerfile: Dockerfile, bases: { BASE: base }, args: ${args} } } } }`;
  const platform = platforms.get(argument) ?? parsePlatform(text, "platform.yaml");
  platforms.set(argument, platform);
  return platform;
}

function isNamed(before: World, after: World, forget: (path: string) => boolean = () => false): boolean {
  const platform = platformWith(before.argument);
  const paths = [...new Set([...before.tree.keys(), ...after.tree.keys()])];
  const different = paths.filter((path) => before.tree.get(path) !== after.tree.get(path) && !forget(path));
  const lockOf = ({ base }: World) => ({ base: { reference: base, reason: "" } });
  const images = platform.images.map((spec) => imageInputs(spec, after.tree, new Map()));
  const { images: effects } = affectedBy({
    ...{ before: { platform, lock: lockOf(before) }, after: { platform, lock: lockOf(after) } },
    ...{ changed: different, images, charts: [], platformPath: "platform.yaml", isModule: () => false },
  });
  return effects.some(({ content }) => content.length > 0);
}

describe("what a change affects", () => {
  const ROUNDS = 1500;
  const cases = Array.from({ length: ROUNDS }, (_, index) => {
    const random = randomFrom(index + 1);
    const before = newWorld(random);
    const after = changed(random, before);
    return { seed: index + 1, before, after, isOther: built(before) !== built(after) };
  });

  it("is never missed, and seldom named for nothing", () => {
    const counts = { other: 0, named: 0 };
    for (const { seed, before, after, isOther } of cases) {
      const found = isNamed(before, after);
      if (isOther && !found) {
        expect.fail(
          `seed ${String(seed)} is missed: ${after.tree.get("Dockerfile") ?? ""}${[...after.tree.keys()].join(" ")}`,
        );
      }
      counts.other += isOther ? 1 : 0;
      counts.named += found ? 1 : 0;
    }
    expect(counts.other).toBeGreaterThan(ROUNDS / 4);
    expect(counts.named / counts.other, "named for each that is another").toBeLessThan(1.6);
  });

  it("would be seen as missed, if one path were forgotten", () => {
    const missed = cases.map(({ before, after, isOther }) => {
      return isOther && !isNamed(before, after, (path) => path.endsWith("main.go"));
    });
    expect(missed.filter(Boolean).length).toBeGreaterThan(10);
  });
});

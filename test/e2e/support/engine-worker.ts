/**
 * A process with an engine of its own that has nothing: builds all images of a checkout and packs its charts, says what they
 * are, builds them again for another commit, and publishes the first images when its input ends. Arguments: name of the engine's
 * state, folder of the checkout, port of a registry on this machine, registry and path to publish to, and `restart` where the
 * engine is stopped and started again before the second build. Prints one line of JSON for the builds and one for what was
 * published.
 */
import { once } from "node:events";

import { dag } from "@dagger.io/dagger";

import { removeEmbeddedState, startEmbeddedEngine, stopEmbeddedEngine } from "../../../embedded/engine/index.ts";
import { Slipway } from "../../../src/index.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { packCharts } from "../../../src/release/chart-archive.ts";
import { inEngine, lockOfRun, outsideImage, tableRows } from "./slipway.ts";

const [stateName = "", folder = "", port = "", prefix = "", restart] = process.argv.slice(2);
const progress = { step: () => undefined, done: () => undefined };
const options = { progress, environment: process.env, stateName, signal: new AbortController().signal };
/** A commit that no repository has: the same source, with other labels and times. */
const OTHER_COMMIT = "0".repeat(40);
const PLATFORM = "deploy/platform.yaml";
// What of a layout is text, to see a difference by.
const SHOW = "cd /tmp; tar -xf /image.tar; cat index.json; find blobs -type f -size -64k | sort | xargs cat";

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function start(): Promise<void> {
  const engine = await startEmbeddedEngine(options);
  Object.assign(process.env, engine.environment, { SLIPWAY_IMAGES_LOCK: engine.imagesLock });
}

function moduleOf(revision?: string): Slipway {
  const lock = dag.host().file(process.env.SLIPWAY_IMAGES_LOCK ?? "");
  return new Slipway(dag.host().directory(folder), undefined, undefined, lock, revision);
}

async function build(revision?: string) {
  const module = moduleOf(revision);
  const table = await module.buildAll();
  const rows = [...tableRows(table).values()].slice(1);
  const shown = (await outsideImage("golang"))
    .withMountedFile("/image.tar", (await module.images()).file("migrate.tar"))
    .withMountedTemp("/tmp")
    .withExec(["sh", "-ec", SHOW]);
  const digests = Object.fromEntries(rows.map((row) => [row[0] ?? "", row[3] ?? ""]));
  return {
    charts: await chartDigests(module, digests),
    commit: /of commit [0-9a-f]{40} \(\d{4}-/.test(table),
    cells: rows.map((row) => row.at(-1)),
    digests,
    layout: (await shown.stdout()).replaceAll(",", ",\n"),
  };
}

/** Digest of every chart's archive, packed as publish does, with these images. */
async function chartDigests(module: Slipway, digests: Readonly<Record<string, string>>) {
  const text = await dag.host().directory(folder).file(PLATFORM).contents();
  const pins = new Map(
    Object.entries(digests).map(([name, digest]) => [name, { registry: "registry", repository: name, digest }]),
  );
  const packing = { version: { version: "0.1.0", appVersion: "0.1.0" }, pins, createdAtSeconds: 1 };
  const specs = parsePlatform(text, PLATFORM).charts;
  const { charts } = await packCharts(await lockOfRun(), specs, await module.dependencyBuild(), packing);
  return Object.fromEntries(charts.map(({ name, digest }) => [name, digest]));
}

try {
  // What a run that was killed has left is not nothing.
  await removeEmbeddedState(options);
  await start();
  const first = await inEngine(() => build());
  if (restart === "restart") {
    await stopEmbeddedEngine(options);
    await start();
  }
  await inEngine(async () => {
    say({ first, second: await build(OTHER_COMMIT) });
    await once(process.stdin.resume(), "end");
    const registry = dag.host().service([{ backend: Number(port), frontend: 5000 }]);
    const published = await moduleOf().publishImages(prefix, [], "", "main", "", undefined, registry, true);
    say({ published });
  });
} finally {
  await removeEmbeddedState(options);
}

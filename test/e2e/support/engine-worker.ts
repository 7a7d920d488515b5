/**
 * A process with an engine of its own that has nothing: builds all images of a checkout, says what they are, and publishes
 * them when its input ends. Arguments: name of the engine's state, folder of the checkout, port of a registry on this
 * machine, registry and path to publish to. Prints one line of JSON for each of the two.
 */
import { once } from "node:events";

import { dag } from "@dagger.io/dagger";

import { removeEmbeddedState, startEmbeddedEngine } from "../../../embedded/engine/index.ts";
import { Slipway } from "../../../src/index.ts";
import { inEngine, outsideImage, tableRows } from "./slipway.ts";

const [stateName = "", folder = "", port = "", prefix = ""] = process.argv.slice(2);
const progress = { step: () => undefined, done: () => undefined };
const options = { progress, environment: process.env, stateName };
// What of a layout is text, to see a difference by.
const SHOW = "cd /tmp; tar -xf /image.tar; cat index.json; find blobs -type f -size -64k | sort | xargs cat";

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

try {
  // What a run that was killed has left is not nothing.
  await removeEmbeddedState(options);
  const engine = await startEmbeddedEngine({ ...options, signal: new AbortController().signal });
  Object.assign(process.env, engine.environment, { SLIPWAY_IMAGES_LOCK: engine.imagesLock });
  await inEngine(async () => {
    const source = dag.host().directory(folder);
    const module = new Slipway(source, undefined, undefined, dag.host().file(engine.imagesLock));
    const table = await module.buildAll();
    const rows = [...tableRows(table).values()].slice(1);
    const shown = (await outsideImage("golang"))
      .withMountedFile("/image.tar", (await module.images()).file("migrate.tar"))
      .withMountedTemp("/tmp")
      .withExec(["sh", "-ec", SHOW]);
    const layout = (await shown.stdout()).replaceAll(",", ",\n");
    const digests = Object.fromEntries(rows.map((row) => [row[0] ?? "", row[3]]));
    say({
      commit: /of commit [0-9a-f]{40} \(\d{4}-/.test(table),
      cells: rows.map((row) => row.at(-1)),
      digests,
      layout,
    });
    await once(process.stdin.resume(), "end");
    const registry = dag.host().service([{ backend: Number(port), frontend: 5000 }]);
    const published = await module.publishImages(prefix, [], "", "main", "", undefined, registry, true);
    say({ published });
  });
} finally {
  await removeEmbeddedState(options);
}

/**
 * Measures what the project claims of its speed and prints one table: each figure beside a baseline of the same run, and the
 * bound that it must keep. Exits with 1 when a bound is broken. Needs the embedded engine: `npm run bench`, or a part of it,
 * `npm run bench -- smoke ci`.
 */
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { connection, dag } from "@dagger.io/dagger";

import { removeEmbeddedState } from "../../embedded/engine/index.ts";
import { Slipway } from "../../src/index.ts";
import { lookupImage, parseImageLock } from "../../src/platform/image-lock.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { renderTable } from "../../src/report/table.ts";
import { ROOT, tableRows } from "../e2e/support/slipway.ts";
import { validated } from "./charts.ts";
import { clusterStarted } from "./cluster.ts";
import { checkout, engine, least, progress, type Row, seconds } from "./measure.ts";
import { ciRan, published } from "./release.ts";
import { smoked } from "./smoke.ts";

const run = promisify(execFile);
const PLATFORM = "deploy/platform.yaml";
const { images } = parsePlatform(await readFile(path.join(ROOT, PLATFORM), "utf8"), PLATFORM);
const IMAGES = images.map(({ name }) => name);
/** The system whose images are built together and alone, and its greatest images by name: MB, compressed. */
const SYSTEM = "cruvero";
const MOST_MB: Readonly<Record<string, number>> = { migrate: 10, ui: 12 };
const MOST_MB_OF_SERVICE = 15;
const REPEATS = 7;

/** Runs build-all over a checkout in a session of its own. */
async function inSession(folder: string, lock: string): Promise<string> {
  let printed = "";
  await connection(async () => {
    printed = await new Slipway(checkout(folder), undefined, undefined, dag.host().file(lock)).buildAll();
  });
  return printed;
}

async function nothingChanged(lock: string): Promise<Row> {
  const reference = lookupImage(parseImageLock(await readFile(lock, "utf8"), lock), "golang").reference;
  const baseline = () =>
    connection(async () => {
      await Promise.all(IMAGES.map((name) => dag.container().from(reference).withExec(["echo", name]).sync()));
    });
  // What no build can do without: a session, and the check whether the source has changed.
  const floor = () =>
    connection(async () => {
      await checkout(ROOT).sync();
    });
  // What it would take if all that build-all found out were recorded in one step that depends on the source.
  const recorded = () =>
    connection(async () => {
      const container = dag.container().from(reference).withMountedDirectory("/source", checkout(ROOT));
      await container.withExec(["true"]).sync();
    });
  await inSession(ROOT, lock);
  await baseline();
  await recorded();
  const rounds: { ours: number; theirs: number; floor: number; recorded: number }[] = [];
  for (let round = 0; round < REPEATS; round++) {
    const ours = await seconds(() => inSession(ROOT, lock));
    const theirs = await seconds(baseline);
    rounds.push({ ours, theirs, floor: await seconds(floor), recorded: await seconds(recorded) });
  }
  const ours = least(rounds.map((round) => round.ours));
  const theirs = least(rounds.map((round) => round.theirs));
  const alone = least(rounds.map((round) => round.floor));
  const inOneStep = least(rounds.map((round) => round.recorded));
  return {
    what: "build-all, nothing changed",
    measured: `${ours.toFixed(3)} s, ${(ours / theirs).toFixed(2)} times the baseline`,
    baseline: `connection and ${IMAGES.length} cached withExec, ${theirs.toFixed(3)} s; connection and check of the source, ${alone.toFixed(3)} s, and with one cached withExec over it, ${inOneStep.toFixed(3)} s`,
    bound: "3 s and 1.5 times",
    kept: ours <= 3 && ours / theirs <= 1.5,
  };
}

async function oneLineChanged(lock: string): Promise<Row> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  try {
    await cp(ROOT, folder, { recursive: true, filter: (from) => !from.includes("node_modules") });
    const service = path.join(folder, "docker/reference/cruvero");
    const main = path.join(service, "cmd/api/main.go");
    const original = await readFile(main, "utf8");
    const compile = () =>
      run(
        "go",
        [
          "build",
          "-trimpath",
          "-buildvcs=false",
          "-ldflags=-s -w -buildid=",
          "-o",
          path.join(folder, "api"),
          "./cmd/api",
        ],
        {
          cwd: service,
          env: { ...process.env, CGO_ENABLED: "0" },
        },
      );
    await compile();
    await inSession(folder, lock);
    const pairs: { ours: number; theirs: number; built: string }[] = [];
    for (let round = 0; round < REPEATS; round++) {
      await writeFile(main, `${original}\nfunc init() { println("${round} ${Date.now()}") }\n`);
      let table = "";
      const ours = await seconds(async () => (table = await inSession(folder, lock)));
      const built = [...tableRows(table).values()].filter((row) => row.at(-1) === "built").map((row) => row[0] ?? "");
      pairs.push({ ours, theirs: await seconds(compile), built: built.join(" ") });
    }
    const ours = least(pairs.map((pair) => pair.ours));
    const theirs = least(pairs.map((pair) => pair.theirs));
    const built = [...new Set(pairs.map((pair) => pair.built))].join("; ");
    return {
      what: `one line changed in api, rebuilt: ${built}`,
      measured: `${ours.toFixed(2)} s`,
      baseline: `go build on the host, ${theirs.toFixed(2)} s`,
      bound: `api alone, 1.3 times and 3 s: ${(theirs * 1.3 + 3).toFixed(2)} s`,
      kept: built === "api" && ours <= theirs * 1.3 + 3,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds of builds side by side in an engine that has nothing. */
async function cold(names: readonly string[]): Promise<number> {
  const stateName = "bench-cold";
  const started = await engine(stateName);
  try {
    return await seconds(() =>
      connection(async () => {
        const module = new Slipway(checkout(ROOT), undefined, undefined, dag.host().file(started.imagesLock));
        await Promise.all(names.map(async (name) => (await module.build(name)).sync()));
      }),
    );
  } finally {
    await started.stop();
    await removeEmbeddedState({ progress, environment: process.env, stateName });
  }
}

async function emptyCache(): Promise<Row> {
  const names = images.filter(({ system }) => system === SYSTEM).map(({ name }) => name);
  const together = await cold(names);
  const alone: number[] = [];
  for (const name of names) alone.push(await cold([name]));
  const sum = alone.reduce((total, value) => total + value, 0);
  return {
    what: `all ${names.length} images of ${SYSTEM} from an empty engine cache`,
    measured: `${together.toFixed(1)} s, ${(together / sum).toFixed(2)} of the sum`,
    baseline: `each alone: ${alone.map((value) => value.toFixed(1)).join(" + ")} = ${sum.toFixed(1)} s`,
    bound: "0.6 of the sum",
    kept: together / sum <= 0.6,
  };
}

/** Runs `npm start` twice: with the engine that the first has left, or after that was stopped. */
async function secondStart(isStopped: boolean): Promise<Row> {
  const once = () =>
    new Promise<{ first: number; whole: number }>((resolve, reject) => {
      const began = performance.now();
      let first: number | undefined;
      const child = spawn("npm", ["start", "--silent"], {
        cwd: ROOT,
        env: { ...process.env, SLIPWAY_ENGINE: "embedded" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const heard = () => (first ??= (performance.now() - began) / 1000);
      child.stdout.on("data", heard);
      child.stderr.on("data", heard);
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve({ first: first ?? NaN, whole: (performance.now() - began) / 1000 });
        else reject(new Error(`npm start ended with ${code ?? "a signal"}`));
      });
    });
  await once();
  if (isStopped) await run("npm", ["run", "--silent", "embedded:down"], { cwd: ROOT });
  const { first, whole } = await once();
  return {
    what: `second npm start${isStopped ? ", the engine stopped before" : ""}`,
    measured: `first output ${first.toFixed(2)} s, whole ${whole.toFixed(2)} s`,
    baseline: "none",
    bound: "2 s, 10 s",
    kept: first <= 2 && whole <= 10,
  };
}

/** The compressed sizes of the system's images, as build-all says them (MiB), in MB. */
async function compressedSizes(lock: string): Promise<Row[]> {
  const table = tableRows(await inSession(ROOT, lock));
  return images
    .filter(({ system }) => system === SYSTEM)
    .map(({ name }) => {
      const measured = (Number.parseFloat(table.get(name)?.[1] ?? "") * 1024 * 1024) / 1e6;
      const bound = MOST_MB[name] ?? MOST_MB_OF_SERVICE;
      const said = { measured: `${measured.toFixed(1)} MB`, baseline: "none", bound: `${bound} MB` };
      return { what: `${name}, compressed`, ...said, kept: measured <= bound };
    });
}

const rows: Row[] = [];

/** Keeps rows, and says each at once: the whole takes half an hour. */
function keep(...more: readonly Row[]): void {
  for (const { what, measured, kept } of more) progress.step(`${what}: ${measured}${kept ? "" : "  NOT KEPT"}`);
  rows.push(...more);
}

/** All measurements by name; what takes half an hour is left out with --quick. */
const MEASUREMENTS: Readonly<Record<string, (lock: string) => Promise<readonly Row[]>>> = {
  unchanged: async (lock) => [await nothingChanged(lock)],
  "one-line": async (lock) => [await oneLineChanged(lock)],
  sizes: compressedSizes,
  start: async () => [await secondStart(false)],
  validate: validated,
  cluster: clusterStarted,
  smoke: smoked,
  publish: published,
  ci: ciRan,
  "start-stopped": async () => [await secondStart(true)],
  empty: async () => [await emptyCache()],
};

const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = named.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
if (unknown.length > 0) {
  process.stderr.write(`bench: ${unknown.join(", ")}: allowed are ${Object.keys(MEASUREMENTS).join(", ")}\n`);
  process.exit(2);
}
const isQuick = process.argv.includes("--quick");
const { imagesLock } = await engine("main");
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  const isAsked = named.length > 0 ? named.includes(name) : !(isQuick && name === "empty");
  if (isAsked) keep(...(await measure(imagesLock)));
}
const headings = ["WHAT", "MEASURED", "BASELINE", "BOUND", "KEPT"].map((heading) => ({ heading }));
process.stdout.write(
  `${renderTable(
    headings,
    rows.map((row) => [row.what, row.measured, row.baseline, row.bound, row.kept ? "yes" : "NO"]),
  )}\n`,
);
process.exitCode = rows.every((row) => row.kept) ? 0 : 1;

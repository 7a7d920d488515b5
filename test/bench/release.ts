/** Measures the last steps of a release: publish with all evidence, and ci over all stages. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { connection, dag } from "@dagger.io/dagger";

import { Environment, Slipway } from "../../src/index.ts";
import { ROOT } from "../e2e/support/slipway.ts";
import { emptyRegistry, REGISTRY } from "../e2e/support/registry.ts";
import { testKey } from "../e2e/support/signing.ts";
import { checkout, type Row, seconds } from "./measure.ts";

const BOUNDS = { perArtifact: 3, again: 3, unchanged: 5, oneImage: 90 } as const;
/** A service of which one line is changed, and a line to change. */
const SERVICE = "docker/reference/cruvero/cmd/api/main.go";

/** Rows of publish: beyond a bare push, and again with nothing changed. */
export async function published(lock: string): Promise<Row[]> {
  const rows: Row[] = [];
  await connection(async () => {
    const service = await emptyRegistry();
    await service.start();
    const key = await testKey("bench");
    const publish = (prefix: string) => {
      const module = slipway(ROOT, lock);
      const given = [`${REGISTRY}/${prefix}`, new Array<string>(), "", "main", false, new Array<string>()] as const;
      return module.publish(...given, key.key, key.password, "", undefined, service, undefined, true);
    };
    // Tools and images are there before anything is timed.
    await publish("before");
    const push = await seconds(() =>
      slipway(ROOT, lock).publishImages(`${REGISTRY}/bare`, [], "", "main", "", undefined, service, true),
    );
    let table = "";
    const whole = await seconds(async () => (table = await publish("whole")));
    const artifacts = table.split("\n").filter((line) => /\bsha256:/.test(line)).length;
    const each = (whole - push) / artifacts;
    rows.push({
      what: `publish of everything with evidence, ${artifacts} artifacts`,
      measured: `${each.toFixed(2)} s per artifact beyond the push, ${whole.toFixed(1)} s in all`,
      baseline: `images alone, without evidence, ${push.toFixed(1)} s`,
      bound: `${BOUNDS.perArtifact} s per artifact`,
      kept: artifacts > 0 && each <= BOUNDS.perArtifact,
    });
    let again = "";
    const took = await seconds(async () => (again = await publish("whole")));
    rows.push({
      what: `publish again, nothing changed${/\b0 bytes\b/.test(again) ? "" : " (BYTES WERE PUSHED)"}`,
      measured: `${took.toFixed(2)} s`,
      baseline: "none",
      bound: `${BOUNDS.again} s, 0 bytes`,
      kept: took <= BOUNDS.again && /\b0 bytes\b/.test(again),
    });
  });
  return rows;
}

/** Rows of ci: nothing changed, and one line of one image changed, whose system is tested in a new cluster. */
export async function ciRan(lock: string): Promise<Row[]> {
  await ci(ROOT, lock);
  const unchanged = await seconds(() => ci(ROOT, lock));
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  try {
    await cp(ROOT, folder, { recursive: true, filter: (from) => !from.includes("node_modules") });
    const file = path.join(folder, SERVICE);
    await writeFile(file, `${await readFile(file, "utf8")}\nfunc init() { println("${Date.now()}") }\n`);
    const changed = await seconds(() => ci(folder, lock));
    return [
      row("ci of everything, nothing changed", unchanged, BOUNDS.unchanged),
      row("ci of everything, one line of one image changed, new cluster", changed, BOUNDS.oneImage),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs ci in a session of its own; throws where a stage is red. */
async function ci(folder: string, lock: string): Promise<void> {
  await connection(async () => {
    const module = slipway(folder, lock);
    await module.verdict(await module.ci(Environment.Dev));
  });
}

function slipway(folder: string, lock: string): Slipway {
  return new Slipway(checkout(folder), undefined, undefined, dag.host().file(lock));
}

function row(what: string, measured: number, bound: number): Row {
  return {
    what,
    ...{ measured: `${measured.toFixed(1)} s`, baseline: "none", bound: `${bound} s`, kept: measured <= bound },
  };
}

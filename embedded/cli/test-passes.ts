/**
 * Keeps which end-to-end test files have passed, and with what inputs, so that a run repeats only what may end otherwise. The
 * main job is always run.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { z } from "zod";

import { keyOf } from "../engine/cache.ts";
import { keepAnswer, keptAnswer } from "./kept-answer.ts";
import type { FileCount } from "./test-summary.ts";

/** Raised whenever a pass means something else. */
const FORMAT = 1;

/** A pass counts for this long: what no input tells of, such as a certificate's time, may have changed since. */
const KEPT_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Folder of the end-to-end tests. */
const END_TO_END = "test/e2e";

/** What shows that the main job works, and is never taken from a record. */
export const ALWAYS: readonly string[] = ["build-all", "smoke-systems"].map((name) => `${END_TO_END}/${name}.test.ts`);

/** What no end-to-end test reads; all else counts for all of them, but for the other test files. */
const UNREAD = [/^docs\/(?!getting-started\/)/, /^[^/]+\.md$/, /^test\/(?:unit|charts|bench)\//];

/** What is released; the tests of a lifecycle begin with its state before the last change. */
const RELEASED = ["charts", "docker", "deploy"];

const passSchema = z.strictObject({
  passed: z.number().int().positive(),
  skipped: z.array(z.string()),
  at: z.iso.datetime(),
});

/** How a test file ended when it passed. */
export type Pass = z.infer<typeof passSchema>;

/** What test files may read: contents of files by their paths, and the last change of what is released. */
export type TestInputs = { readonly files: ReadonlyMap<string, string>; readonly released: string };

/**
 * Reads the inputs of a checkout: what git tracks, and what it would track. Undefined where there is no checkout, since nothing
 * tells there whether anything has changed.
 */
export async function readTestInputs(root: string): Promise<TestInputs | undefined> {
  const git = async (...words: string[]) =>
    (await promisify(execFile)("git", words, { cwd: root, maxBuffer: 1 << 26 })).stdout;
  try {
    const listed = (await git("ls-files", "-z", "--cached", "--others", "--exclude-standard")).split("\0");
    const names = [...new Set(listed)].filter((name) => name !== "").sort();
    const released = await git("log", "-1", "--format=%H", "--", ...RELEASED);
    const files = await Promise.all(names.map(async (name) => [name, await contentOf(path.join(root, name))] as const));
    return { files: new Map(files), released: released.trim() };
  } catch {
    return undefined;
  }
}

/** A file that is gone differs from one that is empty, and one that can be run from one that cannot. */
async function contentOf(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    return `${mode & 0o100} ${createHash("sha256")
      .update(await readFile(file))
      .digest("hex")}`;
  } catch {
    return "gone";
  }
}

/**
 * Names the pass of each end-to-end test file: the same contents of all that it may read, on a machine of which the same is
 * known, give the same name.
 *
 * @param machine What the tests run on, as plain data.
 */
export function passNames(inputs: TestInputs | undefined, machine: unknown): Map<string, string> {
  if (inputs === undefined) return new Map();
  const { files, released } = inputs;
  const isTest = (name: string) => path.dirname(name) === END_TO_END && name.endsWith(".test.ts");
  const read = [...files].filter(([name]) => !isTest(name) && !UNREAD.some((pattern) => pattern.test(name)));
  const shared = keyOf([FORMAT, read, released, machine]);
  return new Map(
    [...files].filter(([name]) => isTest(name)).map(([name, content]) => [name, keyOf([shared, name, content])]),
  );
}

/** Gives the passes that are kept and still count, by test file. */
export async function readPasses(
  folder: string,
  names: ReadonlyMap<string, string>,
  now = Date.now(),
): Promise<Map<string, Pass>> {
  const passes = new Map<string, Pass>();
  for (const [file, name] of names) {
    if (ALWAYS.includes(file)) continue;
    const pass = await keptAnswer(path.join(folder, `${name}.json`), passSchema);
    if (pass !== undefined && now - Date.parse(pass.at) < KEPT_DAYS * DAY_MS) passes.set(file, pass);
  }
  return passes;
}

/** Keeps the passes among what test files ended with; a failure is never kept. Removes those that no longer count. */
export async function keepPasses(
  folder: string,
  names: ReadonlyMap<string, string>,
  counts: ReadonlyMap<string, FileCount>,
  now = Date.now(),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, { passed, hasFailed, skipped }] of counts) {
    const name = names.get(file);
    if (name === undefined || hasFailed || passed === 0) continue;
    const pass: Pass = { passed, skipped: [...skipped], at: new Date(now).toISOString() };
    await keepAnswer(path.join(folder, `${name}.json`), pass);
  }
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (now - (await stat(file)).mtimeMs > KEPT_DAYS * DAY_MS) await rm(file, { force: true });
  }
}

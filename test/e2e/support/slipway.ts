/** The module in process, in the engine that the runner chose, over this repository or another source. */
import { execFileSync } from "node:child_process";
import { createWriteStream, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connection, type Container, dag, type Directory, type File, type Service } from "@dagger.io/dagger";

import { Slipway } from "../../../src/index.ts";
import { type ImageLock, lookupImage, parseImageLock } from "../../../src/platform/image-lock.ts";

/** This repository. */
export const ROOT = path.resolve(import.meta.dirname, "../../..");

const MODULE = path.join(ROOT, "src/index.ts");

/** What of the constructor's arguments a test sets; the rest is as a caller without arguments has it. */
export type Arguments = { source?: Directory; platform?: string; images?: File; revision?: string; config?: string };

/** Runs work in an engine session and gives what it gives; what the engine prints goes to a file in the temporary folder. */
export async function inEngine<Result>(work: () => Promise<Result>): Promise<Result> {
  const log = createWriteStream(path.join(tmpdir(), "slipway-e2e.log"), { flags: "a" });
  let outcome: { value: Result } | undefined;
  await connection(
    async () => {
      outcome = { value: await work() };
    },
    { LogOutput: log },
  );
  if (outcome === undefined) throw new Error("the engine session ended before the work");
  return outcome.value;
}

/** The part of this repository that a caller without --source hands in. */
export function ownSource(): Directory {
  return dag.host().directory(ROOT, { exclude: notUploaded() });
}

/** This repository with a text of one file replaced. */
export async function changed(file: string, from: string, to: string): Promise<Directory> {
  const source = ownSource();
  const text = await source.file(file).contents();
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return dag.directory().withDirectory("/", source).withNewFile(file, text.replaceAll(from, to));
}

/** What a function threw, as text. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing was thrown",
    (error: unknown) => String(error),
  );
}

/** What the constructor keeps out of the default source, as it is written there: an argument's list must be a literal. */
export function notUploaded(): string[] {
  const [, list] = /defaultPath: "\/",\s*ignore: \[([^\]]*)\]/.exec(readFileSync(MODULE, "utf8")) ?? [];
  if (list === undefined) throw new Error("src/index.ts: the constructor has no argument with defaultPath and ignore");
  return [...list.matchAll(/"([^"]+)"/g)].flatMap(([, pattern]) => pattern ?? []);
}

/** The lock of this run: the stand-ins where the runner made some, else the official images. */
export function runLock(): File {
  return dag.host().file(process.env.SLIPWAY_IMAGES_LOCK ?? path.join(ROOT, "deploy/images.lock.yaml"));
}

/** What that lock says. */
export async function lockOfRun(): Promise<ImageLock> {
  return parseImageLock(await runLock().contents(), "images.lock.yaml");
}

/** The module, as a caller with these arguments gets it. */
export function slipway(given: Arguments = {}): Slipway {
  const revision = given.revision ?? revisionOfWorktree();
  return new Slipway(ownSource(), given.source, given.platform, given.images ?? runLock(), revision, given.config);
}

/** Commit of a linked worktree, whose .git is a file, so that the caller has to name it; nothing in a usual clone. */
export function revisionOfWorktree(): string | undefined {
  if (statSync(path.join(ROOT, ".git")).isDirectory()) return undefined;
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
}

/** Commit that is built, and the time that all images of it have: its own, or none where a linked worktree keeps git out of reach. */
export function headCommit(): { readonly commit: string; readonly time: Date } {
  const show = ["show", "--no-patch", "--format=%H %ct", "HEAD"];
  const [commit = "", seconds] = execFileSync("git", show, { cwd: ROOT, encoding: "utf8" }).trim().split(" ");
  return { commit, time: new Date(revisionOfWorktree() === undefined ? Number(seconds) * 1000 : 0) };
}

/** A time as tar lists it. */
export function asListed(time: Date): string {
  return time.toISOString().replace("T", " ").slice(0, 19);
}

/** A container of an outside image of the lock. */
export async function outsideImage(name: string): Promise<Container> {
  return dag.container().from(lookupImage(await lockOfRun(), name).reference);
}

/** A PostgreSQL server of its own, with the database, user and password `cruvero`, `cruvero` and `secret`. */
export async function postgres(once: string): Promise<Service> {
  return (await outsideImage("postgres"))
    .withEnvVariable("SLIPWAY_TEST", once)
    .withEnvVariable("POSTGRES_USER", "cruvero")
    .withEnvVariable("POSTGRES_PASSWORD", "secret")
    .withEnvVariable("POSTGRES_DB", "cruvero")
    .withExposedPort(5432)
    .asService({ useEntrypoint: true });
}

/** The rows of a table that a function printed, by the cell in the first column. */
export function tableRows(table: string): Map<string, string[]> {
  const rows = table
    .split("\n")
    .filter((line) => / {2,}/.test(line))
    .map((line) => line.trim().split(/ {2,}/));
  return new Map(rows.map((cells) => [cells[0] ?? "", cells]));
}

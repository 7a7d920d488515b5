/**
 * Keeps what a program said of files, so that it is asked again only when something that its answer depends on has changed:
 * the program, its words, or a file that the words name. Only an answer that ended well is kept.
 */
import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import { z } from "zod";

import { addTree } from "./content-hash.ts";
import { removeUnused } from "./unused.ts";

/** What a program said, and how it ended: no status where a signal ended it. */
export type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** A call of a program. */
export type Question = {
  /** Full path. */
  readonly program: string;
  /** Its words; a path is one below `folder`. What they name is all that the program may read. */
  readonly words: readonly string[];
  /** Folder that it works in. */
  readonly folder: string;
};

const FORM = 1;
const LONGEST_NAME = 200;
const DAY_MS = 24 * 3600 * 1000;
const LONGEST_ANSWER_BYTES = 2 ** 28;
const answerSchema = z.object({ status: z.literal(0), stdout: z.string(), stderr: z.string() });

/** Answers of programs, kept in a folder. */
export class KeptAnswers {
  private isSwept = false;

  /** @param place Folder that keeps the answers; it is made with the first one. */
  constructor(private readonly place: string) {}

  /** The answer to a question: the kept one where there is one, else that of the program itself. */
  ask(given: Question): Answer {
    const question = { ...given, words: given.words.map((word) => wordBelow(given.folder, word)) };
    const key = keyOf(question);
    const kept = this.read(key);
    if (kept !== undefined) return kept;
    const answer = run(question);
    // What is changed while the program reads it may be in the answer, and is not in the key.
    if (answer.status === 0 && keyOf(question) === key) this.keep(key, answer);
    return answer;
  }

  private read(key: string): Answer | undefined {
    const file = this.fileOf(key);
    try {
      const answer = answerSchema.parse(JSON.parse(gunzipSync(readFileSync(file)).toString()));
      if (Date.now() - statSync(file).mtimeMs > DAY_MS) utimesSync(file, new Date(), new Date());
      return answer;
    } catch {
      // One that is not there, or cut off, is asked for anew.
      return undefined;
    }
  }

  private keep(key: string, answer: Answer): void {
    const file = this.fileOf(key);
    mkdirSync(path.dirname(file), { recursive: true });
    this.sweep();
    // Moved there when whole, since other processes read it at any time.
    const unfinished = `${file}.${randomUUID()}`;
    writeFileSync(unfinished, gzipSync(JSON.stringify(answer), { level: 3 }));
    renameSync(unfinished, file);
  }

  private sweep(): void {
    if (!this.isSwept) removeUnused(this.place);
    this.isSwept = true;
  }

  private fileOf(key: string): string {
    return path.join(this.place, `${key}.json.gz`);
  }
}

/** A word with a full path as one below the folder, so that neither the answer nor the key knows where the folder is. */
function wordBelow(folder: string, word: string): string {
  const below = word === folder ? "." : word.startsWith(`${folder}/`) ? word.slice(folder.length + 1) : word;
  if (path.isAbsolute(below) || below.includes(folder) || below.split("/").includes("..")) {
    throw new Error(`"${word}" leads out of ${folder}, so that its answer cannot be kept`);
  }
  return below;
}

function run({ program, words, folder }: Question): Answer {
  // A closed environment: a variable would be one more thing that the answer depends on.
  const env = { HOME: "/nonexistent", PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", GOGC: "400" };
  const said = spawnSync(program, words, { cwd: folder, env, encoding: "utf8", maxBuffer: LONGEST_ANSWER_BYTES });
  if (said.error !== undefined) throw said.error;
  return { status: said.status, stdout: said.stdout, stderr: said.stderr };
}

function keyOf({ program, words, folder }: Question): string {
  const { size, mtimeMs } = statSync(program);
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ form: FORM, program, size, mtimeMs, words }));
  // Names of files stand behind "=" and "," too.
  const named = words.flatMap((word) => word.split(/[=,]/)).filter((part) => part !== "" && part.length < LONGEST_NAME);
  for (const part of new Set(named)) addTree(hash, folder, part);
  return hash.digest("hex");
}

/** Keeps what took long to find out, as JSON in a file whose name says what was asked. */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";

import type { z } from "zod";

/** Gives what is kept; a file that is not there or that another version wrote is as good as none. */
export async function keptAnswer<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Keeps an answer; nobody ever reads half of it. */
export async function keepAnswer(file: string, answer: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}`, JSON.stringify(answer));
  await rename(`${file}.${process.pid}`, file);
}

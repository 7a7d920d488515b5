/** The record of running servers: which process, which addresses, made from what. */

import { readFile, rename, rm, writeFile } from "node:fs/promises";

import { z } from "zod";

const serversRecord = z.object({
  /** Boot of the machine; process numbers of another one mean nothing. */
  bootId: z.string().min(1),
  processId: z.int().positive(),
  /** When the process started, in the kernel's ticks: tells it from a later one with the same number. */
  processStart: z.string().min(1),
  /** Hash of everything that the servers run from. */
  key: z.string().min(1),
  /** `host:port` of the registry. */
  registry: z.string().min(1),
  network: z.object({
    link: z.string().min(1),
    subnet: z.string().min(1),
    hostAddress: z.string().min(1),
    engineAddress: z.string().min(1),
    containers: z.string().min(1),
  }),
  /** What they run from, and what stopping them takes. */
  root: z.string().min(1),
  programs: z.string().min(1),
  scripts: z.string().min(1),
  /** Hash of the bases that the registry was given; absent until it has them all. */
  bases: z.string().optional(),
});

/** What is known about servers that were started. */
export type ServersRecord = z.infer<typeof serversRecord>;

/** Reads a record's text. Text that is no record, or one of another form, counts as none. */
export function parseRecord(text: string): ServersRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
  const parsed = serversRecord.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Reads the record in a file. */
export async function readRecord(file: string): Promise<ServersRecord | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseRecord(text);
}

/** Writes the record, whole or not at all. */
export async function writeRecord(file: string, record: ServersRecord): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2));
  await rename(`${file}.new`, file);
}

/** Forgets the servers. */
export async function removeRecord(file: string): Promise<void> {
  await rm(file, { force: true });
}

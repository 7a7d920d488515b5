/** Recognises a process again, and ends one that is the first of its own process namespace. */

import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { sendSignal } from "../run.ts";

const POLL_MS = 20;

/** What tells one process from every other. */
export type ProcessMark = {
  readonly bootId: string;
  readonly processId: number;
  readonly processStart: string;
};

/**
 * Reads when a process started, from the text of /proc/<id>/stat. The program's name stands in brackets and may hold
 * blanks and brackets itself, so the fields are counted from the last one. A zombie has ended.
 */
export function startOf(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** Marks a running process; undefined when it has ended. */
export async function markProcess(processId: number): Promise<ProcessMark | undefined> {
  const stat = await readFile(`/proc/${processId}/stat`, "utf8").catch(() => undefined);
  const processStart = stat === undefined ? undefined : startOf(stat);
  return processStart === undefined ? undefined : { bootId: await bootId(), processId, processStart };
}

/** Tells whether the marked process is still there. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  const now = await markProcess(mark.processId);
  return now?.bootId === mark.bootId && now.processStart === mark.processStart;
}

/** Finds the processes of one program that were given a certain argument. */
export async function processesWith(program: string, argument: string): Promise<readonly ProcessMark[]> {
  const numbers = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const marks = await Promise.all(
    numbers.map(async (number) => {
      const words = (await readFile(`/proc/${number}/cmdline`, "utf8").catch(() => "")).split("\0");
      return words[0] === program && words.includes(argument) ? markProcess(Number(number)) : undefined;
    }),
  );
  return marks.filter((mark) => mark !== undefined);
}

/**
 * Ends a namespace: asks its first process, waits, then has the kernel end everything in it.
 *
 * @param mark The process outside that made the namespace and waits for its first process.
 */
export async function endNamespace(mark: ProcessMark, patienceSeconds: number): Promise<void> {
  const first = await firstChild(mark.processId);
  if (first !== undefined && (await isRunning(mark))) {
    sendSignal(first, "SIGTERM");
    if (await waitForEnd(mark, patienceSeconds)) {
      return;
    }
    sendSignal(first, "SIGKILL");
  }
  if (await isRunning(mark)) {
    await waitForEnd(mark, 1);
  }
  if (await isRunning(mark)) {
    sendSignal(mark.processId, "SIGKILL");
    await waitForEnd(mark, patienceSeconds);
  }
}

async function waitForEnd(mark: ProcessMark, seconds: number): Promise<boolean> {
  const attempts = Math.ceil((seconds * 1000) / POLL_MS);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (!(await isRunning(mark))) {
      return true;
    }
    await pause(POLL_MS);
  }
  return false;
}

async function firstChild(processId: number): Promise<number | undefined> {
  const file = `/proc/${processId}/task/${processId}/children`;
  const children = await readFile(file, "utf8").catch(() => "");
  const [first] = children.trim().split(" ");
  return first === undefined || first === "" ? undefined : Number(first);
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

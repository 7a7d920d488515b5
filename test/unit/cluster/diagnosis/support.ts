/** Captures of a real cluster at one moment, trimmed to what the rules read. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { itemsAt, textAt, valueAt } from "../../../../src/charts/json.ts";
import type { PodLog } from "../../../../src/cluster/diagnosis/logs.ts";

const CAPTURES = path.resolve(import.meta.dirname, "../../../fixtures/diagnosis");

/** One capture. */
export type Capture = {
  readonly document: unknown;
  readonly logs: readonly PodLog[];
  readonly now: number;
};

/** Reads a capture. */
export function capture(name: string): Capture {
  const content: unknown = JSON.parse(readFileSync(path.join(CAPTURES, `${name}.json`), "utf8"));
  const logs = itemsAt(content, "logs").map((log) => ({
    ...{ namespace: textAt(log, "namespace"), object: textAt(log, "object"), pod: textAt(log, "pod") },
    ...{ container: textAt(log, "container"), attempt: textAt(log, "attempt"), text: textAt(log, "text") },
    previous: valueAt(log, "previous") === true,
  }));
  return { document: valueAt(content, "document"), logs, now: Number(valueAt(content, "now")) };
}

/** The capture with every object changed. */
export function changed({ document, logs, now }: Capture, change: (object: unknown) => unknown): Capture {
  return { document: { items: itemsAt(document, "items").map(change) }, logs, now };
}

/** The capture without the objects that are named, `Kind name`. */
export function without({ document, logs, now }: Capture, ...names: string[]): Capture {
  const items = itemsAt(document, "items");
  const kept = items.filter((item) => !names.includes(`${textAt(item, "kind")} ${textAt(item, "metadata", "name")}`));
  return { document: { items: kept }, logs, now };
}

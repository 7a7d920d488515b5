/** Keeps charts with their dependencies in place, by what they are made of: building them takes longer than most tests. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

import { hashOf } from "./content-hash.ts";
import { removeUnused } from "./unused.ts";

/** How the name of a packed chart ends; the source keeps none. */
export const PACKED = ".tgz";

/** What is built. */
export type Building = {
  /** Folder of all charts. */
  readonly source: string;
  /** Charts that depend on others, in the order in which they are built. */
  readonly parents: readonly string[];
  /** Path of helm. */
  readonly helm: string;
  /** Folder that keeps what was built. */
  readonly place: string;
};

/** Folder of the charts with their dependencies. They are built where they are not there, or are not as they were built. */
export function builtCharts(building: Building): string {
  const { source, parents, helm, place } = building;
  const inputs = JSON.stringify([hashOf(source, PACKED), parents, helm]);
  const kept = path.join(place, createHash("sha256").update(inputs).digest("hex"));
  if (!isWhole(kept)) build(building, kept);
  utimesSync(kept, new Date(), new Date());
  return path.join(kept, "charts");
}

function isWhole(kept: string): boolean {
  const sum = path.join(kept, "sum");
  return existsSync(sum) && readFileSync(sum, "utf8") === hashOf(path.join(kept, "charts"));
}

function build({ source, parents, helm, place }: Building, kept: string): void {
  mkdirSync(place, { recursive: true });
  removeUnused(place);
  const unfinished = mkdtempSync(path.join(place, "unfinished-"));
  try {
    const charts = path.join(unfinished, "charts");
    cpSync(source, charts, { recursive: true, filter: (file) => !file.endsWith(PACKED) });
    for (const chart of parents) {
      execFileSync(helm, ["dependency", "build", path.join(charts, chart)], { stdio: ["ignore", "pipe", "pipe"] });
    }
    writeFileSync(path.join(unfinished, "sum"), hashOf(charts));
    // Another process may have been faster, and its charts are the same ones.
    if (isWhole(kept)) return;
    rmSync(kept, { recursive: true, force: true });
    renameSync(unfinished, kept);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

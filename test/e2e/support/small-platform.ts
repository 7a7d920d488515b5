/** A platform of one image and one chart, cut from this repository's own, for tests that are about what comes after. */
import { readFileSync } from "node:fs";
import path from "node:path";

import type { Directory } from "@dagger.io/dagger";
import { parseDocument } from "yaml";

import { ownSource, ROOT } from "./slipway.ts";

const PLATFORM = "deploy/platform.yaml";

/** The source of the platform; its file is where this repository's own is. */
export function smallPlatform(): Directory {
  const document = parseDocument(readFileSync(path.join(ROOT, PLATFORM), "utf8"));
  for (const gone of [["systems", "cruvero"], ["systems", "cleveragents"], ["imageSizes"], ["validation"]]) {
    document.deleteIn(gone);
  }
  for (const kind of ["images", "charts"]) {
    const known: unknown = document.toJS();
    for (const name of namesOf(known, ["systems", "yab", kind])) {
      if (name !== "web") document.deleteIn(["systems", "yab", kind, name]);
    }
  }
  document.setIn(["validation", "kubernetes"], ["1.36.0"]);
  return ownSource().withoutFile("deploy/platform.schema.json").withNewFile(PLATFORM, String(document));
}

function namesOf(value: unknown, [key, ...rest]: readonly string[]): string[] {
  const map = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  return key === undefined ? [...map.keys()] : namesOf(map.get(key), rest);
}

/** A platform of one image and one chart, cut from this repository's own, for tests that are about what comes after. */
import { readFileSync } from "node:fs";
import path from "node:path";

import type { Directory } from "@dagger.io/dagger";
import { type Document, parseDocument } from "yaml";

import { ownSource, ROOT } from "./slipway.ts";

const PLATFORM = "deploy/platform.yaml";

/** The source of the platform; its file is where this repository's own is. */
export function smallPlatform(): Directory {
  return sourceOf(smallDocument());
}

/** The small platform without the files of Argo CD, which know charts that it does not have. */
export function withoutGitops(): Directory {
  const document = smallDocument();
  document.deleteIn(["gitops"]);
  return sourceOf(document);
}

/** The small platform with nothing that could hold an alias back: no files of Argo CD, and nothing that dev installs. */
export function greenPlatform(): Directory {
  const document = smallDocument();
  document.deleteIn(["gitops"]);
  document.deleteIn(["systems", "yab", "charts", "web", "environments", "dev"]);
  return sourceOf(document);
}

/** Names of the systems of pairPlatform, each with an image and a chart. */
export const PAIR = { yab: "web", back: "admin" };

/** The same with a second system. */
export function pairPlatform(): Directory {
  const document = smallDocument(Object.values(PAIR));
  document.deleteIn(["gitops"]);
  for (const name of Object.values(PAIR)) document.deleteIn(["systems", "yab", "charts", name, "environments", "dev"]);
  document.setIn(["systems", "back"], document.createNode({ source: document.getIn(["systems", "yab", "source"]) }));
  document.setIn(["systems", "back", "namespace"], "back");
  for (const kind of ["images", "charts"]) {
    const moved = document.getIn(["systems", "yab", kind, PAIR.back], true);
    document.setIn(["systems", "back", kind], document.createNode({}));
    document.setIn(["systems", "back", kind, PAIR.back], moved);
    document.deleteIn(["systems", "yab", kind, PAIR.back]);
  }
  return sourceOf(document);
}

/** The platform file with nothing but some images and the charts of their names. */
function smallDocument(kept: readonly string[] = ["web"]): Document {
  const document = parseDocument(readFileSync(path.join(ROOT, PLATFORM), "utf8"));
  for (const gone of [["systems", "cruvero"], ["systems", "cleveragents"], ["imageSizes"], ["validation"]]) {
    document.deleteIn(gone);
  }
  for (const kind of ["images", "charts"]) {
    const known: unknown = document.toJS();
    for (const name of namesOf(known, ["systems", "yab", kind])) {
      if (!kept.includes(name)) document.deleteIn(["systems", "yab", kind, name]);
    }
  }
  document.setIn(["validation", "kubernetes"], ["1.36.0"]);
  return document;
}

function sourceOf(document: Document): Directory {
  return ownSource().withoutFile("deploy/platform.schema.json").withNewFile(PLATFORM, String(document));
}

function namesOf(value: unknown, [key, ...rest]: readonly string[]): string[] {
  const map = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  return key === undefined ? [...map.keys()] : namesOf(map.get(key), rest);
}

/** The values file that says by digest what runs in an environment: read, and written with its comments kept. */
import { type Document, isMap, parseDocument } from "yaml";

import { entriesAt, textAt, valueAt } from "../charts/json.ts";
import { PipelineError } from "../report/errors.ts";

/** An image as a chart names it in values. */
export type ImagePin = { readonly registry: string; readonly repository: string; readonly digest: string };

/** A chart of a release, as the file of an environment names it. */
export type ReleasedChart = {
  /** Full Git commit that it was built from. */
  readonly revision: string;
  readonly version: string;
  /** Digest of the chart in the registry. */
  readonly digest: string;
  /** Image at each path of the chart's values, for example `api.image`. */
  readonly images: Readonly<Record<string, ImagePin>>;
};

/** What a file says now; what it does not say is empty. */
export type CurrentChart = {
  readonly revision: string;
  readonly version: string;
  readonly digest: string;
  /** Digest at each path. */
  readonly images: Readonly<Record<string, string>>;
};

/** A file of releases is no YAML. */
export class ReleaseFileError extends PipelineError {
  override readonly name = "ReleaseFileError";
  constructor(file: string, line: number, problem: string) {
    super("config", `${file}:${line}: ${problem}`, "correct the file; promote writes it and nothing else needs to");
  }
}

// Helm hands `global` to every chart and no chart of its own accord reads this of it.
const ABOUT = ["global", "release"] as const;

/** Reads what a file says. Throws ReleaseFileError. */
export function readReleaseFile(text: string, file: string): CurrentChart {
  const value: unknown = parse(text, file).toJS();
  return {
    revision: textAt(value, ...ABOUT, "revision"),
    version: textAt(value, ...ABOUT, "chart", "version"),
    digest: textAt(value, ...ABOUT, "chart", "digest"),
    images: Object.fromEntries(pinsIn(value).map((path) => [path.join("."), textAt(value, ...path, "digest")])),
  };
}

/** True if a file says that exactly this release of the chart runs. */
export function runsRelease(current: CurrentChart, released: ReleasedChart): boolean {
  const paths = new Set([...Object.keys(current.images), ...Object.keys(released.images)]);
  return (
    current.digest === released.digest &&
    [...paths].every((path) => current.images[path] === released.images[path]?.digest)
  );
}

/**
 * Writes a release into the text of a file: comments, and values that are none of a release, stay; an image that the chart
 * no longer has goes. The same text comes back where it says so already. Throws ReleaseFileError.
 */
export function writeReleaseFile(text: string, file: string, released: ReleasedChart): string {
  const document = parse(text, file);
  const before: unknown = document.toJS();
  for (const path of pinsIn(before)) {
    if (released.images[path.join(".")] === undefined) removePin(document, path);
  }
  const settings: (readonly [path: readonly string[], value: string])[] = [
    ...Object.entries(released.images).flatMap(([path, pin]) =>
      Object.entries(pin).map(([key, value]) => [[...path.split("."), key], value] as const),
    ),
    [[...ABOUT, "revision"], released.revision],
    [[...ABOUT, "chart", "version"], released.version],
    [[...ABOUT, "chart", "digest"], released.digest],
  ];
  for (const [path, value] of settings) {
    if (valueAt(before, ...path) !== value) document.setIn(path, value);
  }
  const isSame = settings.every(([path, value]) => valueAt(before, ...path) === value);
  const hasOthers = pinsIn(before).some((path) => released.images[path.join(".")] === undefined);
  return isSame && !hasOthers ? text : document.toString({ lineWidth: 0 });
}

function parse(text: string, file: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw new ReleaseFileError(file, error.linePos?.[0].line ?? 1, error.message.split("\n")[0] ?? "is no YAML");
  }
  if (document.contents !== null && !isMap(document.contents))
    throw new ReleaseFileError(file, 1, "is no map of values");
  return document;
}

/** Paths of all maps that name an image by digest. */
function pinsIn(value: unknown, path: readonly string[] = []): string[][] {
  return entriesAt(value).flatMap(([key, inner]): string[][] => {
    const below = [...path, key];
    if (path.length === 0 && key === ABOUT[0]) return [];
    return [...(textAt(inner, "digest") === "" ? [] : [below]), ...pinsIn(inner, below)];
  });
}

/** Takes an image away, and the maps around it that hold nothing else. */
function removePin(document: Document, path: readonly string[]): void {
  for (const key of ["registry", "repository", "digest"]) document.deleteIn([...path, key]);
  for (let depth = path.length; depth > 0; depth -= 1) {
    const map = document.getIn(path.slice(0, depth));
    if (!isMap(map) || map.items.length > 0) return;
    document.deleteIn(path.slice(0, depth));
  }
}

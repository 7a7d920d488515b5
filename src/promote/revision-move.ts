/**
 * Decides when an Application that stays at a revision moves to another. Argo CD reads a chart and its value files at one
 * revision, and no commit can name itself: the release goes into the file first, and once that is committed, the revision
 * moves to a commit that has it.
 */
import { isScalar, parseAllDocuments } from "yaml";

import { type JsonPath, valueAt } from "../charts/json.ts";
import type { Application } from "../gitops/application.ts";

/** What a commit holds at a path: the id of its content, or nothing. */
export type ObjectAt = (commit: string, path: string) => string | undefined;

/** What is known of the source's history; nothing of it where the source comes without. */
export type History = {
  /** Commit that the source is a checkout of. */
  readonly head: string;
  readonly objectAt: ObjectAt;
};

/** What an Application that stays at a revision must do. */
export type RevisionMove =
  /** It has the release already. */
  | { readonly kind: "stay" }
  /** The release is written by this promotion; the revision moves when that is committed. */
  | { readonly kind: "later" }
  | { readonly kind: "move"; readonly to: string }
  | { readonly kind: "refuse"; readonly reason: string };

/** An Application with what its chart is made of. */
export type Pinned = {
  readonly application: Pick<Application, "name" | "revision">;
  /** File of the release. */
  readonly file: string;
  /** True where this promotion changes that file. */
  readonly isWritten: boolean;
  /** Folders that the chart is made of, itself and those that it depends on. */
  readonly folders: readonly string[];
  /** Commit that the release was built from. */
  readonly released: string;
};

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const VERSION = /^v?\d+\.\d+\.\d+/;

/** True for a revision that stays where it was put. */
export function isPinnedRevision(revision: string): boolean {
  return COMMIT.test(revision) || VERSION.test(revision);
}

/** Decides for one Application. */
export function decideMove(
  { application, file, isWritten, folders, released }: Pinned,
  history: History | undefined,
): RevisionMove {
  if (history === undefined) {
    return { kind: "refuse", reason: "the source comes without .git, so that nothing says what its revision holds" };
  }
  const { head, objectAt } = history;
  const changed = folders.find((folder) => objectAt(head, folder) !== objectAt(released, folder));
  if (folders.some((folder) => objectAt(released, folder) === undefined)) {
    return { kind: "refuse", reason: `the source's .git does not hold ${released}, which the release was built from` };
  }
  if (changed !== undefined) {
    return { kind: "refuse", reason: `${changed} is another in ${head} than in ${released}, which was verified` };
  }
  if (isWritten) return { kind: "later" };
  const isThere = [file, ...folders].every(
    (path) =>
      objectAt(application.revision, path) !== undefined &&
      objectAt(application.revision, path) === objectAt(head, path),
  );
  if (isThere) return { kind: "stay" };
  return { kind: "move", to: head };
}

/** A place in a file of ApplicationSets and what is written there. */
export type RevisionEdit = { readonly set: string; readonly path: JsonPath; readonly to: string };

/** Where the revision of an Application is written: a parameter of the element that it was made with. */
export function revisionPlace({ revision, set, source }: Application): JsonPath | undefined {
  const element = valueAt(set.value, ...source);
  if (typeof element !== "object" || element === null || Array.isArray(element)) return undefined;
  const keys = Object.entries(element).flatMap(([key, value]) => (value === revision ? [key] : []));
  const [key] = keys;
  return key === undefined || keys.length > 1 ? undefined : [...source, key];
}

/** Writes revisions into the text of a file of ApplicationSets; every other byte stays. */
export function writeRevisions(text: string, edits: readonly RevisionEdit[]): string {
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  const places = edits.flatMap(({ set, path, to }) => {
    const document = documents.find((each) => valueAt(each.toJS(), "metadata", "name") === set);
    const node = document?.getIn(path, true);
    const range = isScalar(node) ? node.range : undefined;
    return range === undefined || range === null ? [] : [{ start: range[0], end: range[1], to }];
  });
  const distinct = places.filter(({ start }, index) => places.findIndex((each) => each.start === start) === index);
  return distinct
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, { start, end, to }) => `${all.slice(0, start)}"${to}"${all.slice(end)}`, text);
}

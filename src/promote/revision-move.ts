/**
 * Decides when an Application that stays at a revision moves to another. Argo CD reads a chart and its value files at one
 * revision, and no commit can name itself: the release goes into the file first, and once that is committed, the revision
 * moves to a commit that has it.
 */
import { isScalar, parseAllDocuments } from "yaml";

import { type JsonPath, valueAt } from "../charts/json.ts";
import type { Application } from "../gitops/application.ts";
import type { Environment } from "../platform/environments.ts";
import { PromotionRefusedError } from "./promotion.ts";

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
  readonly application: Application;
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

/** What the Applications of an environment do. */
export type RevisionMoves = {
  /** Those that stay at a revision. */
  readonly moves: readonly { readonly application: string; readonly from: string; readonly move: RevisionMove }[];
  readonly edits: readonly RevisionEdit[];
  readonly notes: readonly string[];
};

/**
 * Decides for all Applications of an environment. Throws PromotionRefusedError naming each that stays at a revision and must not
 * move; one that follows a branch gets what it may not be sure of as a note.
 */
export function decideMoves(
  asked: readonly Pinned[],
  history: History | undefined,
  environment: Environment,
): RevisionMoves {
  const decided = asked.map((pinned) => ({ ...pinned, move: decideMove(pinned, history) }));
  const pinned = decided.filter(({ application }) => isPinnedRevision(application.revision));
  const refused = pinned.flatMap(({ application, move }) =>
    move.kind === "refuse" ? [`Application ${application.name}: ${move.reason}`] : [],
  );
  if (refused.length > 0) {
    const next = "promote from a checkout, with its history, whose charts are those of the release";
    throw new PromotionRefusedError(environment, refused, next);
  }
  const edits: RevisionEdit[] = [];
  const notes: string[] = [];
  for (const { application, move } of decided) {
    const { name, revision, set } = application;
    const path = revisionPlace(application);
    if (move.kind === "refuse") notes.push(`note, Application ${name} follows ${revision}: ${move.reason}`);
    if (move.kind !== "move" || !isPinnedRevision(revision)) continue;
    if (path !== undefined) edits.push({ set: set.name, path, to: move.to });
    else notes.push(`Application ${name}: write its targetRevision ${move.to} by hand, for no parameter holds it`);
  }
  const moves = pinned.map(({ application, move }) => {
    return { application: application.name, from: application.revision, move };
  });
  return { moves, edits, notes };
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

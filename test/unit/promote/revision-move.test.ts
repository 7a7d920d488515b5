import { describe, expect, it } from "vitest";

import { toApplication } from "../../../src/gitops/application.ts";
import { readDocuments } from "../../../src/gitops/documents.ts";
import {
  decideMove,
  decideMoves,
  isPinnedRevision,
  type Pinned,
  revisionPlace,
  writeRevisions,
} from "../../../src/promote/revision-move.ts";
import { bodyOf, SETS } from "../gitops/shop.ts";

const [RELEASED, HEAD] = ["a".repeat(40), "b".repeat(40)];
const FILE = "releases/prod/shop.yaml";

/** A history in which every commit holds the same, but for what is given. */
function history(other: Readonly<Record<string, string | undefined>> = {}, head = HEAD) {
  return {
    head,
    objectAt: (commit: string, path: string) => {
      const key = `${commit} ${path}`;
      return key in other ? other[key] : `object of ${path}`;
    },
  };
}

const text = SETS.replace("v1.2.3 }", "v1.2.3 } # by hand").replaceAll("{ environment", "{  environment");
const [set] = readDocuments(text, "sets.yaml", "ApplicationSet");
if (set === undefined) throw new Error("the test has no ApplicationSet");
const prod = toApplication(bodyOf("prod"), set, ["spec", "generators", 0, "list", "elements", 2]);

const PINNED: Pinned = {
  application: prod,
  ...{ file: FILE, isWritten: false, folders: ["charts/shop", "charts/parts"], released: RELEASED },
};

describe("decideMove", () => {
  it("stays where the revision has the release already", () => {
    expect(decideMove(PINNED, history())).toEqual({ kind: "stay" });
  });

  it("waits until the file is committed, and then moves to the commit that has it", () => {
    expect(decideMove({ ...PINNED, isWritten: true }, history())).toEqual({ kind: "later" });
    expect(decideMove(PINNED, history({ [`v1.2.3 ${FILE}`]: "another release" }))).toEqual({ kind: "move", to: HEAD });
    expect(decideMove(PINNED, history({ [`v1.2.3 ${FILE}`]: undefined }))).toEqual({ kind: "move", to: HEAD });
    expect(decideMove(PINNED, history({ "v1.2.3 charts/parts": "an older part" }))).toEqual({ kind: "move", to: HEAD });
  });

  it.each([
    { title: "history", given: undefined, says: "without .git" },
    {
      title: "the commit of the release",
      given: history({ [`${RELEASED} charts/shop`]: undefined }),
      says: "does not hold a",
    },
    {
      title: "the chart of the release",
      given: history({ [`${HEAD} charts/parts`]: "a newer part" }),
      says: "charts/parts is another in b",
    },
  ])("refuses a source without $title", ({ given, says }) => {
    for (const isWritten of [true, false]) {
      const move = decideMove({ ...PINNED, isWritten }, given);
      expect(move.kind === "refuse" ? move.reason : move.kind).toContain(says);
    }
  });

  it.each([
    ["main", false],
    ["release/1.2.3", false],
    ["HEAD", false],
    ["v1.2.3", true],
    ["1.2.3-rc.1", true],
    ["b".repeat(40), true],
  ])("knows whether %s stays where it was put: %s", (revision, expected) => {
    expect(isPinnedRevision(revision)).toBe(expected);
  });
});

describe("decideMoves", () => {
  const behind = history({ [`v1.2.3 ${FILE}`]: undefined });

  it("moves what stays at a revision, where its parameter stands", () => {
    const { moves, edits, notes } = decideMoves([PINNED], behind, "prod");
    expect(moves).toEqual([{ application: "shop-prod", from: "v1.2.3", move: { kind: "move", to: HEAD } }]);
    expect(edits).toEqual([{ set: "shop", path: revisionPlace(prod), to: HEAD }]);
    expect(notes).toEqual([]);
  });

  it("leaves alone what follows a branch, and notes what that may run", () => {
    const following = { ...PINNED, application: { ...prod, revision: "main" } };
    expect(decideMoves([following], history(), "staging")).toEqual({ moves: [], edits: [], notes: [] });
    const { notes } = decideMoves([following], history({ [`${HEAD} charts/shop`]: "newer" }), "staging");
    expect(notes).toEqual([
      expect.stringMatching(/^note, Application shop-prod follows main: charts\/shop is another/),
    ]);
  });

  it("says what to write by hand where no parameter holds the revision", () => {
    const written = { ...PINNED, application: { ...prod, revision: "v9.9.9" } };
    const { edits, notes } = decideMoves([written], history({ [`v9.9.9 ${FILE}`]: undefined }), "prod");
    expect(edits).toEqual([]);
    expect(notes).toEqual([
      `Application shop-prod: write its targetRevision ${HEAD} by hand, for no parameter holds it`,
    ]);
  });

  it("refuses as a whole, naming each", () => {
    expect(() => decideMoves([PINNED], undefined, "prod")).toThrowErrorMatchingInlineSnapshot(`
      [PromotionRefusedError: [gate] promote to prod is refused
      Application shop-prod: the source comes without .git, so that nothing says what its revision holds
      Next: promote from a checkout, with its history, whose charts are those of the release; nothing was written]
    `);
  });
});

describe("writeRevisions", () => {
  it("changes the parameter that holds the revision, and no other byte", () => {
    const path = revisionPlace(prod);
    expect(path).toEqual(["spec", "generators", 0, "list", "elements", 2, "revision"]);
    if (path === undefined) return;
    const edit = { set: "shop", path, to: HEAD };
    const both = `${text}---\n${text.replace("name: shop,", "name: other,")}`;
    expect(writeRevisions(both, [edit, edit])).toBe(both.replace("v1.2.3", `"${HEAD}"`));
    const other = { ...edit, set: "other" };
    expect(writeRevisions(both, [other])).toBe(
      `${text}---\n${text.replace("name: shop,", "name: other,").replace("v1.2.3", `"${HEAD}"`)}`,
    );
    expect(writeRevisions(both, [])).toBe(both);
  });

  it("finds no place where a template holds the revision, or two parameters are equal to it", () => {
    expect(revisionPlace({ ...prod, revision: "v9.9.9" })).toBeUndefined();
    const [twice] = readDocuments(
      text.replace("{  environment: prod,", "{  environment: v1.2.3,"),
      "sets.yaml",
      "ApplicationSet",
    );
    if (twice === undefined) throw new Error("the test has no ApplicationSet");
    expect(revisionPlace({ ...prod, set: twice })).toBeUndefined();
  });
});

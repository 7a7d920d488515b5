/** Reads docs/requirements.md, which says where each requirement is proven, and holds it to what the tests name. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { ROOT } from "./module-command.ts";

/** Where the requirements stand. */
export const REQUIREMENTS_FILE = "docs/requirements.md";

/** Requirements by their letter: how many there are, numbered from 1. */
export const COUNTS: Readonly<Record<string, number>> = {
  "C-": 58,
  "Y-": 105,
  "S-": 159,
  "P-": 4,
  "X-": 31,
  "A-": 37,
  "O-C": 7,
  "O-Y": 16,
  "O-S": 6,
};

/** A requirement: what it is in our words, and where it is proven or why it is not. */
export type Requirement = {
  readonly id: string;
  readonly phrase: string;
  readonly proofs: readonly string[];
  /** Requirements whose proofs are its own, too. */
  readonly as: readonly string[];
  readonly reason: string;
  readonly line: number;
};

/** Requirements that each test names, by the test's file. */
export type Named = ReadonlyMap<string, ReadonlySet<string>>;

const ENTRY =
  /^- \*\*([A-Z]-[A-Z]?\d+)\*\* ([^`]+?)(?:: ((?:`[^`]+`(?:, )?)+)|: as ((?:[A-Z]-[A-Z]?\d+(?:, )?)+)|\. Not proven by a test: (.+))$/;
/** Names requirements to see its own rules fail. */
const OWN = "test/unit/docs/requirements.test.ts";
const ID = /\b(?:[ACPSXY]-\d{2,3}|O-[CSY]\d{1,2})\b/g;
/** A test of ours: of this repository, of a chart, or of a reference service. */
const TEST =
  /^test\/.*(?:\.test|-rules)\.ts$|^charts\/.*_test\.yaml$|^docker\/reference\/.*(?:_test\.go|\/test_\w+\.py)$/;
/** Lines that say what a test is about: a title, or a comment. The rest of a test is data. */
const SAYS = /\b(?:it|describe|title|what)\b|^\s*(?:\]?\)?\(?"|\/\/|\/?\*|#)|^\s*\](?:\s*as const)?\)\(/;
const SAYS_NOTHING = /^\s*"[A-Z]-\d+":/;
const PYTHON_TITLE = /^\s*(?:async )?def (test_\w+)/;
const PYTHON_ID = /(?<=_)([acpsxy])(\d{2,3})(?=_)/g;

/** Every requirement that there is, in the order of COUNTS. */
export function allRequirements(): string[] {
  return Object.entries(COUNTS).flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, index) => {
      const number = String(index + 1);
      return `${prefix}${prefix.startsWith("O-") ? number : number.padStart(2, "0")}`;
    }),
  );
}

/** Reads the entries of the document, and every line that looks like one and is none. */
export function parseRequirements(text: string): { entries: Requirement[]; problems: string[] } {
  const entries: Requirement[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.startsWith("- **")) continue;
    const [, id, phrase = "", proofs = "", as = "", reason = ""] = ENTRY.exec(line) ?? [];
    const number = index + 1;
    if (id === undefined) problems.push(`line ${number} is no entry: ${line}`);
    else entries.push({ id, phrase, proofs: filesIn(proofs), as: as.match(ID) ?? [], reason, line: number });
  }
  return { entries, problems };
}

/** Requirements that a test's titles and comments name. */
export function requirementsNamedBy(file: string, text: string): Set<string> {
  return new Set(
    text.split("\n").flatMap((line) => {
      const title = file.endsWith(".py") ? PYTHON_TITLE.exec(line)?.[1] : undefined;
      if (title !== undefined) {
        return [...title.matchAll(PYTHON_ID)].map(
          ([, letter = "", number = ""]) => `${letter.toUpperCase()}-${number}`,
        );
      }
      return SAYS.test(line) && !SAYS_NOTHING.test(line) ? [...line.matchAll(ID)].map(([id]) => id) : [];
    }),
  );
}

/** What all tests of the repository name. */
export function namedByTests(): Named {
  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const tests = tracked
    .split("\n")
    .filter((file) => TEST.test(file) && file !== OWN && existsSync(path.join(ROOT, file)));
  return new Map(tests.map((file) => [file, requirementsNamedBy(file, readFileSync(path.join(ROOT, file), "utf8"))]));
}

/** What is wrong with the entries, given what the tests name. */
export function requirementProblems(entries: readonly Requirement[], tests: Named): string[] {
  const wanted = allRequirements();
  const ids = entries.map(({ id }) => id);
  return [
    ...wanted.filter((id) => !ids.includes(id)).map((id) => `${id} has no entry`),
    ...ids
      .filter((id, index) => !wanted.includes(id) || ids.indexOf(id) !== index)
      .map((id) => `${id} is not wanted here`),
    ...entries.flatMap((entry) => entryProblems(entry, entries, tests)),
    ...[...tests].flatMap(([file, named]) =>
      [...named].filter((id) => !wanted.includes(id)).map((id) => `${file} names ${id}, which there is not`),
    ),
  ];
}

function entryProblems(
  { id, proofs, as, reason }: Requirement,
  entries: readonly Requirement[],
  tests: Named,
): string[] {
  if (proofs.length > 0) {
    return proofs
      .filter((file) => tests.get(file)?.has(id) !== true)
      .map((file) => (tests.has(file) ? `${id}: ${file} does not name it` : `${id}: ${file} is no test`));
  }
  if (as.length > 0) {
    const proven = new Set(entries.filter((entry) => entry.proofs.length > 0).map((entry) => entry.id));
    return as.filter((other) => !proven.has(other)).map((other) => `${id}: ${other} is not proven by a test itself`);
  }
  const provenBy = [...tests].filter(([, named]) => named.has(id)).map(([file]) => file);
  if (provenBy.length > 0) return [`${id} is not proven, it says, and ${provenBy.join(", ")} name it`];
  return reason.split(" ").length < 5 ? [`${id} says too little of why it is not proven`] : [];
}

function filesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
}

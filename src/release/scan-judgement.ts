/** Judges scans against the policy: the database that was asked, what was found, and the exceptions. */
import { SEVERITIES, type ScanPolicy } from "./scan-policy.ts";
import { readScanPredicate, type ScanDatabase, type ScanResult, type Vulnerability } from "./scan-result.ts";
import { excuses, isAbout, type Vex, type VexStatement } from "./vex.ts";

/** What scans are held to. */
export type ScanRules = {
  readonly policy: ScanPolicy;
  readonly vex: Vex;
  /** The moment at which they are held to it. */
  readonly now: Date;
};

/** What an image has that it must not have, and what was let pass. */
export type ScanJudgement = {
  readonly failures: readonly string[];
  /** Vulnerabilities that a statement excuses. */
  readonly excused: number;
  /** Vulnerabilities of less severity than counts. */
  readonly below: number;
};

const DAY_MILLISECONDS = 86_400_000;
// Clocks differ; a database from further in the future is none.
const CLOCK_DAYS = 1;

/**
 * Judges what was found in one image.
 *
 * @param image Its name in the platform file.
 */
export function judgeScan(image: string, { vulnerabilities }: ScanResult, rules: ScanRules): ScanJudgement {
  const counting = vulnerabilities.filter((found) => counts(found, rules.policy));
  const judged = counting.map((found) => ({ found, ...statementFor(image, found, rules) }));
  return {
    failures: judged.flatMap(({ found, inForce, expired }) => (inForce ? [] : [describe(found, expired)])),
    excused: judged.filter(({ inForce }) => inForce).length,
    below: vulnerabilities.length - counting.length,
  };
}

/** What is wrong with the database of a scan; undefined: nothing. */
export function databaseFailure(
  { digest, built }: ScanDatabase,
  { maxAgeDays, database }: ScanPolicy,
  now: Date,
): string | undefined {
  if (database !== undefined && database !== digest) {
    return `the vulnerability database is ${digest}; the policy pins ${database}`;
  }
  const ageDays = (now.getTime() - Date.parse(built)) / DAY_MILLISECONDS;
  const day = built.slice(0, 10);
  if (ageDays < -CLOCK_DAYS) return `the vulnerability database was built on ${day}, which is to come`;
  if (ageDays <= maxAgeDays) return undefined;
  return `the vulnerability database was built on ${day}, ${Math.floor(ageDays)} days ago; allowed are ${maxAgeDays}`;
}

/**
 * What is wrong with the exceptions themselves: held until a day that has passed, are to hold for more than a year, or are
 * about nothing that was found.
 *
 * @param scans What was found in each image of the platform, by its name.
 */
export function vexFailures(
  { vex, now }: Pick<ScanRules, "vex" | "now">,
  scans: ReadonlyMap<string, ScanResult>,
): string[] {
  const today = dayOf(now);
  const last = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`;
  return vex.statements.flatMap((statement) => {
    const { vulnerability, expires, file, line } = statement;
    const say = (problem: string): string[] => [`${file}:${line} ${vulnerability}: ${problem}`];
    if (expires < today) return say(`held until ${expires}, and today is ${today}`);
    if (expires > last) return say(`holds until ${expires}; allowed is a year ahead at most, until ${last}`);
    const isNeeded = [...scans].some(([image, { vulnerabilities }]) =>
      vulnerabilities.some((found) => isAbout(statement, image, found)),
    );
    return isNeeded ? [] : say("is about nothing that was found; remove it");
  });
}

/**
 * What is wrong with an image by what its scans say; undefined: nothing. Of several, those of the newest database count.
 *
 * @param predicates What trusted statements of scans say.
 */
export function scanFailure(image: string, predicates: readonly unknown[], rules: ScanRules): string | undefined {
  const scans = predicates.flatMap((predicate) => readScanPredicate(predicate) ?? []);
  if (scans.length < predicates.length) return "holds no result of a scan";
  const builtAt = ({ database }: ScanResult) => Date.parse(database.built);
  const newest = Math.max(...scans.map(builtAt));
  const failures = scans
    .filter((scan) => builtAt(scan) === newest)
    .flatMap((scan) => [
      databaseFailure(scan.database, rules.policy, rules.now) ?? [],
      judgeScan(image, scan, rules).failures,
    ])
    .flat();
  return failures.length === 0 ? undefined : [...new Set(failures)].join("; ");
}

/** A severity that nobody has judged counts as high: nobody has said that it is less. */
function counts({ severity }: Vulnerability, policy: ScanPolicy): boolean {
  const known = severity === "unknown" ? "high" : severity;
  return SEVERITIES.indexOf(known) >= SEVERITIES.indexOf(policy.severity);
}

function statementFor(image: string, found: Vulnerability, { vex, now }: ScanRules) {
  const about = vex.statements.filter((statement) => excuses(statement) && isAbout(statement, image, found));
  const today = dayOf(now);
  const inForce = about.some(({ expires }) => expires >= today);
  return { inForce, expired: about.find(({ expires }) => expires < today) };
}

function describe(found: Vulnerability, expired: VexStatement | undefined): string {
  const { id, aliases, severity, version, fixedIn } = found;
  const names = aliases.length === 0 ? id : `${id} (${aliases.join(", ")})`;
  const fix = fixedIn.length === 0 ? "no fix yet" : `fixed in ${fixedIn.join(", ")}`;
  const excuse = expired === undefined ? "" : `; ${expired.file}:${expired.line} excused it until ${expired.expires}`;
  return `${names} ${severity}: ${found.package} ${version}, ${fix}${excuse}`;
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** What a scan found: read from grype's report, written as in-toto says it, and read back. Equal facts, equal bytes. */
import { z } from "zod";

import { PipelineError } from "../report/errors.ts";
import { SEVERITIES, type Severity } from "./scan-policy.ts";
import { GRYPE } from "./tool-versions.ts";

/** A known vulnerability of a package in an image. */
export type Vulnerability = {
  readonly id: string;
  /** Other names of the same, such as the CVE of a GHSA. */
  readonly aliases: readonly string[];
  /** unknown: nobody has judged it. */
  readonly severity: Severity | "unknown";
  readonly package: string;
  readonly version: string;
  readonly purl: string;
  /** Versions that do not have it; none: there is no fix. */
  readonly fixedIn: readonly string[];
};

/** The database that a scan asked. */
export type ScanDatabase = {
  /** Digest of its archive. */
  readonly digest: string;
  /** When it was built, RFC 3339. */
  readonly built: string;
  readonly schema: string;
};

/** Everything that a scan says. */
export type ScanResult = { readonly database: ScanDatabase; readonly vulnerabilities: readonly Vulnerability[] };

/** A report of the scanner cannot be read. */
export class ScanReportError extends PipelineError {
  override readonly name = "ScanReportError";
  constructor(problem: string) {
    super(
      "infra",
      `the scanner's report ${problem}`,
      "check --scan-database: an archive of grype's database, schema 6",
    );
  }
}

const reportSchema = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: z.string(),
        severity: z.string().default("unknown"),
        fix: z.object({ versions: z.array(z.string()).nullish(), state: z.string() }),
      }),
      relatedVulnerabilities: z.array(z.object({ id: z.string() })).nullish(),
      artifact: z.object({ name: z.string(), version: z.string(), purl: z.string().default("") }),
    }),
  ),
  descriptor: z.object({
    db: z.object({ status: z.object({ built: z.iso.datetime(), schemaVersion: z.string() }) }),
  }),
});

/**
 * Reads grype's report in JSON. Throws ScanReportError.
 *
 * @param digest Digest of the archive that the database came from.
 */
export function parseScanReport(text: string, digest: string): ScanResult {
  const checked = reportSchema.safeParse(parseJson(text));
  if (!checked.success) throw new ScanReportError(`is not as expected: ${z.prettifyError(checked.error)}`);
  const { matches, descriptor } = checked.data;
  const { built, schemaVersion } = descriptor.db.status;
  const all = matches.map(({ vulnerability, relatedVulnerabilities, artifact }): Vulnerability => {
    const { id, severity, fix } = vulnerability;
    const aliases = [...new Set((relatedVulnerabilities ?? []).map((related) => related.id))].filter((x) => x !== id);
    return {
      ...{ id, aliases: aliases.sort(), severity: severityNamed(severity) },
      ...{ package: artifact.name, version: artifact.version, purl: artifact.purl },
      fixedIn: [...(fix.versions ?? [])].sort(),
    };
  });
  // One package may be found in several places of an image.
  const distinct = new Map(all.map((each) => [JSON.stringify(each), each]));
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  return { database: { digest, built, schema: schemaVersion }, vulnerabilities: sorted };
}

/** Where the scanner comes from. */
const SCANNER = `pkg:golang/${GRYPE.module}@${GRYPE.version}`;

/**
 * Says a result as in-toto's predicate vulns does. The time is that of the database: the same image and database are the
 * same knowledge whenever they are asked, and the age that counts is the database's.
 */
export function scanPredicate({ database, vulnerabilities }: ScanResult): unknown {
  const { digest, built, schema } = database;
  return {
    scanner: {
      ...{ uri: SCANNER, version: GRYPE.version },
      db: { uri: `urn:slipway:scan-database:${digest}`, version: schema, lastUpdate: built },
      result: vulnerabilities.map(({ id, severity, ...rest }) => ({
        ...{ id, severity: [{ method: "grype", score: severity }] },
        annotations: [rest],
      })),
    },
    metadata: { scanStartedOn: built, scanFinishedOn: built },
  };
}

const predicateSchema = z.object({
  scanner: z.object({
    db: z.object({
      uri: z.string().regex(/^urn:slipway:scan-database:sha256:[0-9a-f]{64}$/),
      version: z.string(),
      lastUpdate: z.iso.datetime(),
    }),
    result: z.array(
      z.object({
        id: z.string(),
        severity: z.tuple([z.object({ score: z.enum([...SEVERITIES, "unknown"]) })]),
        annotations: z.tuple([
          z.object({
            aliases: z.array(z.string()),
            package: z.string(),
            version: z.string(),
            purl: z.string(),
            fixedIn: z.array(z.string()),
          }),
        ]),
      }),
    ),
  }),
});

/** Reads what scanPredicate wrote; undefined where it is something else. */
export function readScanPredicate(predicate: unknown): ScanResult | undefined {
  const checked = predicateSchema.safeParse(predicate);
  if (!checked.success) return undefined;
  const { db, result } = checked.data.scanner;
  return {
    database: {
      digest: db.uri.replace("urn:slipway:scan-database:", ""),
      ...{ built: db.lastUpdate, schema: db.version },
    },
    vulnerabilities: result.map(({ id, severity: [{ score }], annotations: [rest] }) => ({
      ...{ id, severity: score },
      ...rest,
    })),
  };
}

function severityNamed(text: string): Vulnerability["severity"] {
  return SEVERITIES.find((known) => known === text.toLowerCase()) ?? "unknown";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ScanReportError(`is no JSON: ${error.message}`);
    throw error;
  }
}

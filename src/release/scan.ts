/** Runs the scanner over what images are made of, with a database that the caller hands in. What counts is decided in scan-judgement.ts. */
import type { Directory, File } from "@dagger.io/dagger";

import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";
import { parseScanReport, type ScanResult } from "./scan-result.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";

/** The scanner could not use the database. */
export class ScanDatabaseError extends PipelineError {
  override readonly name = "ScanDatabaseError";
  constructor(cause: unknown) {
    super(
      "config",
      `--scan-database: grype cannot read it\n${describeFailure(cause)}`,
      "hand in an archive as grype publishes them for schema 6: vulnerability.db in a .tar.zst, .tar.xz or .tar.gz",
      { cause },
    );
  }
}

/** A database that is ready to be asked. */
export type ReadyDatabase = {
  readonly directory: Directory;
  /** Digest of the archive that it came from. */
  readonly digest: string;
};

// Its age is judged by the policy, in days that a reader of the policy can see, so the scanner is not to judge it.
const SETTINGS = {
  GRYPE_DB_CACHE_DIR: "/database",
  GRYPE_DB_AUTO_UPDATE: "false",
  GRYPE_DB_VALIDATE_AGE: "false",
  GRYPE_CHECK_FOR_APP_UPDATE: "false",
};

const IMPORT_SCRIPT = `set -eu
grype db import /archive --quiet > /tmp/said 2>&1 || { cat /tmp/said >&2; exit 1; }
echo "sha256:$(sha256sum < /archive | cut -d' ' -f1)"`;

const SCAN_SCRIPT = `mkdir -p ${RESULTS} && grype sbom:/sbom.json --output json --file ${RESULTS}/report.json --quiet`;

/** Unpacks a database. Throws ScanDatabaseError. */
export async function readDatabase(tools: Toolbox, archive: File): Promise<ReadyDatabase> {
  const run = scanner(tools).withMountedFile("/archive", archive).withExec(["sh", "-c", IMPORT_SCRIPT]);
  const printed = await run.stdout().catch((error: unknown) => {
    throw new ScanDatabaseError(error);
  });
  return { directory: run.directory("/database"), digest: printed.trim() };
}

/**
 * Looks up everything that an image is made of.
 *
 * @param sbom What it is made of, CycloneDX.
 */
export async function scanSbom(tools: Toolbox, database: ReadyDatabase, sbom: File): Promise<ScanResult> {
  const run = scanner(tools)
    .withMountedDirectory("/database", database.directory)
    .withMountedFile("/sbom.json", sbom)
    .withExec(["sh", "-c", SCAN_SCRIPT]);
  return parseScanReport(await run.file(`${RESULTS}/report.json`).contents(), database.digest);
}

function scanner(tools: Toolbox) {
  const container = goImage(tools.lock).withFile("/usr/local/bin/grype", evidenceProgram(tools, "grype"));
  return Object.entries(SETTINGS).reduce((all, [name, value]) => all.withEnvVariable(name, value), container);
}

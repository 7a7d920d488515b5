/** Asks the gates that hold the aliases of a release. What follows from their answers is decided in alias-gates.ts. */
import type { Directory } from "@dagger.io/dagger";

import { recordedPass } from "../cluster/smoke.ts";
import { gitopsOutcome } from "../gitops/functions.ts";
import { type PlatformSource, readFiles } from "../images/functions.ts";
import type { Environment } from "../platform/environments.ts";
import { PipelineError } from "../report/errors.ts";
import { digestOfText } from "./oci.ts";
import type { PlatformName } from "./release-record.ts";
import { SmokeMissingError } from "./requirements.ts";
import type { SmokePass } from "./statements.ts";

/** The platform, and the sources of the module's own programs. */
export type ReleaseSource = PlatformSource & {
  /** src/release/programs. */
  readonly programs: Directory;
  readonly chartPrograms: Directory;
  readonly clusterPrograms: Directory;
  readonly gitopsPrograms: Directory;
};

/** The smoke test of what is published: its pass where one is recorded, and whether there is anything to test. */
export type SmokeState = {
  readonly environment: Environment;
  readonly isConfigured: boolean;
  readonly pass?: SmokePass;
};

/** Looks up the pass of the smoke test. Throws SmokeMissingError where one is required. */
export async function smokeState(
  given: ReleaseSource,
  environment: Environment,
  isRequired: boolean,
): Promise<SmokeState> {
  const { platform } = await readFiles(given);
  const isConfigured = platform.charts.some(({ environments }) => environments[environment] !== undefined);
  const source = { ...given, programs: given.clusterPrograms };
  const asked = isConfigured ? recordedPass(source, { environment, chart: "", force: false }) : undefined;
  const pass = await asked?.catch((error: unknown) => {
    // What cannot be tested has not passed: that is the caller's to demand, and no reason to publish nothing.
    if (!isRequired && error instanceof PipelineError && error.kind === "gate") return undefined;
    throw error;
  });
  if (pass === undefined && isRequired) throw new SmokeMissingError(environment);
  return { environment, isConfigured, ...(pass === undefined ? {} : { pass: { environment, ...pass } }) };
}

/** What is wrong with the files of Argo CD, one line each; nothing where the platform has none. */
export async function gitopsFindings(given: ReleaseSource): Promise<string[]> {
  const { platform } = await readFiles(given);
  if (platform.gitops === undefined) return [];
  try {
    const { findings } = await gitopsOutcome({ ...given, programs: given.chartPrograms });
    return findings.map(({ rule, file, line, found }) => `${file}:${line} ${rule}: ${found}`);
  } catch (error) {
    // Files that cannot be read or rendered at all are as red as a finding.
    if (error instanceof PipelineError && error.kind !== "infra") return [error.problem.split("\n")[0] ?? ""];
    throw error;
  }
}

/** Names the platform of a source by its file, and by what that says with the build configuration that the caller chose. */
export async function platformName({ source, platformPath, configuration }: PlatformSource): Promise<PlatformName> {
  const text = await source.file(platformPath).contents();
  return { file: platformPath, digest: digestOfText(JSON.stringify([text, configuration])) };
}

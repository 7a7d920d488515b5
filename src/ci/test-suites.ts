/** Runs the test suites of the platform file, each in a container of the image that it names. */
import { dag } from "@dagger.io/dagger";

import type { PlatformFiles, PlatformSource } from "../images/functions.ts";
import { lookupImage } from "../platform/image-lock.ts";
import type { TestSpec } from "../platform/test-schema.ts";
import { describeFailure, isExecFailure } from "../report/engine-failure.ts";
import { monotonicSeconds, runNamed } from "../report/parallel.ts";
import type { CaseResult } from "../report/stage.ts";

/** Lines of a failed suite's output that are kept, from the end. */
const LINES = 60;

/** Runs all suites side by side; a suite that failed is a case with the last lines of its output. */
export async function runTestSuites(
  { source }: Pick<PlatformSource, "source">,
  { platform, lock }: PlatformFiles,
): Promise<CaseResult[]> {
  const suites = platform.systems.flatMap(({ tests }) => tests);
  const run = async ({ image, directory, with: others, run: commands, caches }: TestSpec) => {
    const seen = [directory, ...others].reduce(
      (before, path) => before.withDirectory(path, source.directory(path)),
      dag.directory(),
    );
    const base = dag
      .container()
      .from(lookupImage(lock, image).reference)
      // A copy would be hashed with all of the image; and a suite may write beside its sources.
      .withMountedDirectory("/source", seen)
      .withWorkdir(`/source/${directory}`);
    const cached = caches.reduce((before, path) => before.withMountedCache(path, dag.cacheVolume(`/${path}`)), base);
    await commands.reduce((before, command) => before.withExec([...command]), cached).sync();
  };
  const outcomes = await runNamed(suites, run, monotonicSeconds);
  return outcomes.map((outcome, index): CaseResult => {
    const { name, seconds } = outcome;
    const group = suites[index]?.system ?? "";
    if (outcome.ok) return { group, name, outcome: "passed", seconds, text: "" };
    // What is no failure of a command is one of the engine, which no suite is to blame for.
    if (!isExecFailure(outcome.error)) throw outcome.error;
    return { group, name, outcome: "failed", seconds, text: describeFailure(outcome.error, LINES) };
  });
}

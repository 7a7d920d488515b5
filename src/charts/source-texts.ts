/** Reads the files of a source in which credentials are looked for, beside the charts. */
import { type Container, type Directory, dag } from "@dagger.io/dagger";

import { RESULTS } from "../report/results-folder.ts";
import { type Bundle, BUNDLE_FUNCTION, readBundle } from "./bundle.ts";

/** Workflows of CI, and what is deployed. Source: C-27, C-57. */
const WATCHED = [
  ".github/**",
  ".forgejo/**",
  ".gitlab-ci.yml",
  "deploy/**/*.yaml",
  "deploy/**/*.yml",
  "deploy/**/*.json",
];

// Larger files are no configuration that a person wrote.
const SCRIPT = `set -u
${BUNDLE_FUNCTION}
mkdir -p ${RESULTS}
bundle /source "" -size -1024k > ${RESULTS}/texts`;

/** Gives the text of every watched file by its path in the source. */
export async function sourceTexts(source: Directory, helm: Container): Promise<Bundle> {
  const watched = dag.directory().withDirectory("/", source, { include: WATCHED });
  const read = helm.withMountedDirectory("/source", watched).withExec(["sh", "-c", SCRIPT]);
  return readBundle(await read.file(`${RESULTS}/texts`).contents());
}

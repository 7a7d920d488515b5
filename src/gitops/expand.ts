/** Expands ApplicationSets and checks the files of Argo CD against its own definitions, in one container. */
import { dag, type Directory } from "@dagger.io/dagger";

import { BUNDLE_FUNCTION, readBundle } from "../charts/bundle.ts";
import { schemaLocations } from "../charts/kubernetes-schemas.ts";
import { compileOwnProgram, crdSchemas, type CrdSource, helmContainer, kubeconform } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import type { GitopsDocument } from "./documents.ts";
import { type Expansion, readExpansion } from "./expansion.ts";
import { schemaFindings } from "./schema.ts";

/** What the module brings itself: the sources of its own programs. */
export type GitopsPrograms = {
  /** src/charts/programs. */
  readonly programs: Directory;
  /** src/gitops/programs. */
  readonly gitopsPrograms: Directory;
};

/** Files of Argo CD that were read. */
export type GitopsFiles = {
  readonly projects: readonly GitopsDocument[];
  readonly sets: readonly GitopsDocument[];
  /** The texts of both files. */
  readonly texts: readonly { readonly file: string; readonly text: string }[];
};

// kubeconform ends with 1 where it found something; whether it worked at all shows in its report.
const STEPS = `set -eu
${BUNDLE_FUNCTION}
expand-sets /input/sets.json /output
kubeconform -strict -output json -schema-location "$SCHEMAS" /input/files /output/applications > /output/schema.json || [ $? = 1 ]
mkdir -p ${RESULTS}
bundle /output "" > ${RESULTS}/bundle`;

/** Expands all ApplicationSets; what the controller or an API server would refuse is among the findings. */
export async function expandSets(
  lock: ImageLock,
  { programs, gitopsPrograms }: GitopsPrograms,
  definitions: CrdSource,
  { projects, sets, texts }: GitopsFiles,
): Promise<Expansion> {
  const [, schemas] = schemaLocations("/schemas", "/schemas");
  const input = texts.reduce(
    (directory, { text }, index) => directory.withNewFile(`files/${index}.yaml`, text),
    dag.directory().withNewFile("sets.json", JSON.stringify(sets.map(({ value }) => value))),
  );
  const container = helmContainer(lock, "helm")
    .withFile("/usr/local/bin/expand-sets", compileOwnProgram(lock, gitopsPrograms, "expand-sets"), {
      permissions: 0o755,
    })
    .withFile("/usr/local/bin/kubeconform", kubeconform(lock).file("/kubeconform"), { permissions: 0o755 })
    .withMountedDirectory("/schemas", await crdSchemas(lock, programs, [definitions]))
    .withMountedDirectory("/input", input)
    .withEnvVariable("SCHEMAS", schemas)
    .withExec(["sh", "-c", STEPS]);
  const bundle = readBundle(await container.file(`${RESULTS}/bundle`).contents());
  const expansion = readExpansion(bundle.get("expansion.json") ?? "", sets);
  const documents = [...projects, ...sets];
  const invalid = schemaFindings(bundle.get("schema.json") ?? "", documents, expansion.applications);
  return { ...expansion, findings: [...expansion.findings, ...invalid] };
}

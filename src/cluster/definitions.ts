/** Gives a test cluster the definitions of the custom resources that releases use, the ones that they are validated with. */
import { dag, type Directory } from "@dagger.io/dagger";

import type { Manifest } from "../charts/manifest.ts";
import type { ChartSource } from "../charts/prepare.ts";
import { isBuiltIn } from "../charts/rules/kinds.ts";
import { definitionsOf, locateDefinitions } from "../charts/tools.ts";
import type { Client } from "./client.ts";
import { succeed } from "./succeed.ts";

// A definition names its kind under spec.names, four spaces deep.
const SCRIPT = `set -eu
grep -rlE "^    kind: ($KINDS)$" /definitions > /tmp/files
while read -r file; do set -- "$@" --filename "$file"; done < /tmp/files
kubectl apply --server-side "$@"
kubectl wait --for=condition=Established --timeout=60s "$@" > /dev/null`;

/** Applies the definitions of the kinds that manifests have beyond Kubernetes' own, and waits until they can be used. */
export async function defineCustomResources(
  client: Client,
  { lock, platform, source }: ChartSource,
  manifests: readonly Manifest[],
): Promise<void> {
  const kinds = [...new Set(manifests.filter((manifest) => !isBuiltIn(manifest)).map(({ kind }) => kind))];
  if (kinds.length === 0) return;
  const sources = platform.validation.customResources.map((custom, index) =>
    definitionsOf(lock, locateDefinitions(custom, source), index),
  );
  const definitions = sources.reduce<Directory>(
    (all, each, index) => all.withDirectory(String(index), each),
    dag.directory(),
  );
  const container = client
    .client()
    .withMountedDirectory("/definitions", definitions)
    .withEnvVariable("KINDS", kinds.join("|"));
  await succeed(container, ["sh", "-c", SCRIPT]);
}

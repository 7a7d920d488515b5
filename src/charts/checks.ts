/** Runs the tools that check rendered manifests, all environments of a chart in one container. */
import { type Container, type Directory, type File } from "@dagger.io/dagger";

import { schemaLocations } from "./kubernetes-schemas.ts";
import { type ChartInput, type ChartRun, runHelm } from "./render.ts";

/** The tools, each pinned: containers from the image lock, programs compiled at an exact version. */
export type CheckTools = {
  /** Container of the helm version that charts are rendered with. */
  readonly helm: Container;
  /** Programs that are put beside it, by the name that they are called by. */
  readonly programs: Readonly<Record<(typeof PROGRAMS)[number], File>>;
  /** kube-linter, where the image lock has it. */
  readonly kubeLinter?: File | undefined;
  /** Schemas of Kubernetes, a folder per version, and of custom resources, a folder per group. */
  readonly kubernetesSchemas: Directory;
  readonly customSchemas: Directory;
};

const PROGRAMS = ["helm-4", "kubeconform", "kube-score", "podsecurity"] as const;

/** Checks of kube-score that it leaves off by itself. */
export const OPTIONAL_CHECKS = [
  "container-cpu-requests-equal-limits",
  "container-ephemeral-storage-request-equals-limit",
  "container-memory-requests-equal-limits",
  "container-ports-check",
  "container-resource-requests-equal-limits",
  "container-seccomp-profile",
] as const;

/**
 * Checks of kube-linter that are left out, of all that it has: they ask for a team's own conventions (an owner, an e-mail
 * address, sorted keys, node affinity, three replicas even in dev), for files where programs read variables, or for what
 * kubeconform does with the right schemas.
 */
const LEFT_OUT = [
  "minimum-three-replicas",
  "no-node-affinity",
  "read-secret-from-env-var",
  "required-annotation-email",
  "required-label-owner",
  "schema-validation",
  "sorted-keys",
] as const;

// kubeconform reads its schemas anew for each call, so that one call sees all environments.
const CHECK_STEPS = `rendered=
for environment in $ENVIRONMENTS; do
  [ "$(cat "/output/$environment/manifests.yaml.exit")" = 0 ] || continue
  rendered="$rendered /output/$environment/manifests.yaml"
  (
    cd "/output/$environment"
    overlaid "$environment" helm-4.yaml helm-4 $template &
    run kube-score kube-score score --output-format json --kubernetes-version "v\${KUBERNETES%.*}" $OPTIONAL manifests.yaml
    run podsecurity podsecurity manifests.yaml
    if command -v kube-linter > /dev/null; then
      run kube-linter kube-linter lint --add-all-built-in --exclude "$LEFT_OUT" --format json manifests.yaml
    fi
    wait
  ) &
done
if [ -n "$rendered" ]; then
  for version in $VERSIONS; do
    run "/output/kubeconform-$version" kubeconform -strict -summary -output json -kubernetes-version "$version" \\
      -schema-location "$KUBERNETES_SCHEMAS" -schema-location "$CUSTOM_SCHEMAS" $rendered &
  done
fi
wait`;

/** A container with all tools; the same for every chart. */
export function checkContainer(tools: CheckTools): Container {
  const { helm, programs, kubeLinter, kubernetesSchemas, customSchemas } = tools;
  const optional = OPTIONAL_CHECKS.map((check) => `--enable-optional-test ${check}`).join(" ");
  const [kubernetesLocation, customLocation] = schemaLocations("/schemas/kubernetes", "/schemas/custom");
  const container = PROGRAMS.reduce(
    (before, name) => before.withFile(`/usr/local/bin/${name}`, programs[name], { permissions: 0o755 }),
    helm,
  )
    .withMountedDirectory("/schemas/kubernetes", kubernetesSchemas)
    .withMountedDirectory("/schemas/custom", customSchemas)
    .withEnvVariable("KUBERNETES_SCHEMAS", kubernetesLocation)
    .withEnvVariable("CUSTOM_SCHEMAS", customLocation)
    .withEnvVariable("LEFT_OUT", LEFT_OUT.join(","))
    .withEnvVariable("OPTIONAL", optional);
  if (kubeLinter === undefined) return container;
  return container.withFile("/usr/local/bin/kube-linter", kubeLinter, { permissions: 0o755 });
}

/**
 * Lints and renders a chart as runHelm does, and checks what was rendered. The bundle has besides `kubeconform-<version>`,
 * over all environments that rendered, and in the folder of each `kube-score`, `podsecurity`, `helm-4.yaml` and, where the
 * image lock has it, `kube-linter`.
 *
 * @param container What checkContainer gave.
 * @param versions Kubernetes versions to check against.
 */
export async function runChecks(
  input: ChartInput,
  container: Container,
  versions: readonly string[],
): Promise<ChartRun> {
  return runHelm(input, container.withEnvVariable("VERSIONS", versions.join(" ")), CHECK_STEPS);
}

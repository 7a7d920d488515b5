/** Runs the tools that check rendered manifests, all environments of a chart in one container. */
import { type Container, type Directory, type File } from "@dagger.io/dagger";

import { type Bundle, BUNDLE_FUNCTION, readBundle } from "./bundle.ts";
import { schemaLocations } from "./kubernetes-schemas.ts";
import { type ChartInput, type ChartRun, withInput } from "./render.ts";

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

// Every tool writes its result and its exit code into files of the environment. What a tool says is read by rules; an
// exit code that no finding explains is itself a failure.
const SCRIPT = `set -u
${BUNDLE_FUNCTION}
run() { # run <result> <command>...: keeps output, error output and exit code
  result=$1; shift
  "$@" > "$result" 2> "$result.err"; echo $? > "$result.exit"
}
again() { # renders once more with the program $1; the second helm 3 is kept only where it differs
  program=$1; kept=$2; environment=$3
  set --
  while IFS= read -r argument; do set -- "$@" "$argument"; done < "/input/$environment"
  run "$kept" "$program" template "$RELEASE" /chart --include-crds --namespace "$NAMESPACE" --kube-version "$KUBERNETES" "$@"
}
for environment in $ENVIRONMENTS; do
  [ "$(cat "/manifests/$environment/template.exit")" = 0 ] || continue
  manifests=/manifests/$environment/manifests.yaml
  mkdir -p "/output/$environment"
  cd "/output/$environment"
  { again helm helm-3.yaml "$environment"; cmp -s helm-3.yaml "$manifests" && rm helm-3.yaml; } &
  again helm-4 helm-4.yaml "$environment" &
  for version in $VERSIONS; do
    run "kubeconform-$version" kubeconform -strict -summary -output json -kubernetes-version "$version" \\
      -schema-location "$KUBERNETES_SCHEMAS" -schema-location "$CUSTOM_SCHEMAS" "$manifests" &
  done
  run kube-score kube-score score --output-format json --kubernetes-version "v\${KUBERNETES%.*}" $OPTIONAL "$manifests" &
  run podsecurity podsecurity "$manifests" &
  if command -v kube-linter > /dev/null; then
    run kube-linter kube-linter lint --add-all-built-in --format json "$manifests" &
  fi
done
wait
bundle /output > /bundle`;

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
    .withEnvVariable("OPTIONAL", optional);
  if (kubeLinter === undefined) return container;
  return container.withFile("/usr/local/bin/kube-linter", kubeLinter, { permissions: 0o755 });
}

/**
 * Checks what was rendered of a chart. In the bundle, each environment that rendered is a folder with the result of each
 * tool, its error output (`.err`) and its exit code (`.exit`): `kubeconform-<version>`, `kube-score`, `podsecurity`,
 * `kube-linter`, `helm-4.yaml`, and `helm-3.yaml` where a second render differs.
 *
 * @param versions Kubernetes versions to check against.
 */
export async function runChecks(
  input: ChartInput,
  run: ChartRun,
  container: Container,
  versions: readonly string[],
): Promise<Bundle> {
  const checked = withInput(container, input)
    .withMountedDirectory("/manifests", run.output)
    .withEnvVariable("VERSIONS", versions.join(" "))
    .withExec(["sh", "-c", SCRIPT]);
  return readBundle(await checked.file("/bundle").contents());
}

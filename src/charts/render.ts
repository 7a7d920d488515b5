/** Runs `helm lint` and `helm template` over all environments of a chart, in one container. */
import { type Container, type Directory, dag, type File } from "@dagger.io/dagger";

import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { CompleteChart } from "./dependencies.ts";
import { type Bundle, BUNDLE_FUNCTION, readBundle } from "./bundle.ts";

/** A chart that is ready to be rendered. */
export type ChartInput = CompleteChart & {
  readonly spec: ChartSpec;
  /** Values that the run adds: the digests of its images. Overlays win over them. */
  readonly digests: string;
  readonly environments: readonly Environment[];
  /** Kubernetes version that the chart is rendered for, for example 1.36.0. */
  readonly kubernetes: string;
};

/** Where things lie in the containers of this room. */
export const PATHS = { chart: "/chart", input: "/input", output: "/output" } as const;

// The work of each environment runs beside that of the others. The exit code of each command is kept in a file: one
// environment that fails must not hide the others.
const SCRIPT = `set -u
${BUNDLE_FUNCTION}
for environment in $ENVIRONMENTS; do
  (
    set --
    while IFS= read -r argument; do set -- "$@" "$argument"; done < "/input/$environment"
    mkdir -p "/output/$environment"
    cd "/output/$environment"
    helm lint /chart --strict --namespace "$NAMESPACE" --kube-version "$KUBERNETES" "$@" > lint 2>&1
    echo $? > lint.exit
    helm template "$RELEASE" /chart --include-crds --namespace "$NAMESPACE" --kube-version "$KUBERNETES" "$@" > manifests.yaml 2> template.err
    echo $? > template.exit
  ) &
done
(
  mkdir -p /output/defaults && cd /output/defaults
  helm template "$RELEASE" /chart --namespace "$NAMESPACE" --kube-version "$KUBERNETES" > manifests.yaml 2> template.err
  echo $? > template.exit
) &
wait
bundle /output > /bundle
mkdir /files && cd /chart && find . -type f -size -1024k ! -path './charts/*' | while IFS= read -r file; do
  case $file in
    *.yaml | *.yml | *.tpl | *.txt | *.json | *.md | *.toml | *.sh | *.conf | *.properties | *.env)
      mkdir -p "/files/\${file%/*}" && cp "$file" "/files/$file" ;;
  esac
done
cd /source && find . -name '*.tpl' -o -name values.yaml | while IFS= read -r file; do
  mkdir -p "/files/parts/\${file%/*}" && cp "$file" "/files/parts/$file"
done
bundle /files > /texts`;

/** What lint and template made of a chart. */
export type ChartRun = {
  /** All results. */
  readonly bundle: Bundle;
  /** The chart's own text files: templates, values, overlays, notes; below `parts/`, helpers and values of those it depends on. */
  readonly texts: Bundle;
  /** The results as files, for the tools that check them. */
  readonly output: Directory;
};

/**
 * Lints and renders a chart for its environments. In the bundle, each environment is a folder with `lint`, `lint.exit`,
 * `manifests.yaml`, `template.err` and `template.exit`; the folder `defaults` has the render without any values. Never
 * throws for what helm refuses.
 *
 * @param helm Container of the helm version to use.
 */
export async function runHelm(input: ChartInput, helm: Container): Promise<ChartRun> {
  const run = withInput(helm, input).withMountedDirectory("/source", input.parts).withExec(["sh", "-c", SCRIPT]);
  const [bundle, texts] = await Promise.all([run.file("/bundle").contents(), run.file("/texts").contents()]);
  return { bundle: readBundle(bundle), texts: readBundle(texts), output: run.directory(PATHS.output) };
}

/** The chart, its arguments and its names in a container. */
export function withInput(container: Container, input: ChartInput): Container {
  const { spec, directory, digests, environments, kubernetes } = input;
  return container
    .withMountedDirectory(PATHS.chart, directory)
    .withMountedDirectory(PATHS.input, argumentFiles(spec, digests, environments))
    .withEnvVariable("RELEASE", spec.release)
    .withEnvVariable("NAMESPACE", spec.namespace)
    .withEnvVariable("KUBERNETES", kubernetes)
    .withEnvVariable("ENVIRONMENTS", environments.join(" "));
}

/** For each environment a file with one argument of helm per line, so that no name passes through a shell. */
function argumentFiles(spec: ChartSpec, digests: string, environments: readonly Environment[]): Directory {
  return environments.reduce(
    (directory, environment) =>
      directory.withNewFile(environment, `${overlayArguments(spec, environment).join("\n")}\n`),
    dag.directory().withNewFile("digests.yaml", digests),
  );
}

function overlayArguments(spec: ChartSpec, environment: Environment): string[] {
  const files = [
    `${PATHS.input}/digests.yaml`,
    ...(spec.environments[environment] ?? []).map((file) => `${PATHS.chart}/${file}`),
  ];
  return files.flatMap((file) => ["--values", file]);
}

/** The rendered manifests of one environment as a file. */
export function manifestFile({ output }: ChartRun, environment: Environment): File {
  return output.file(`${environment}/manifests.yaml`);
}

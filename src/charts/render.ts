/** Runs `helm lint` and `helm template` over all environments of a chart, in one container. */
import { type Container, type Directory, dag, type File } from "@dagger.io/dagger";

import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { RESULTS } from "../report/results-folder.ts";
import { DEPENDENCY_STEPS, dependencyFailure, type LocalChart, SOURCE_ROOT, withCharts } from "./dependencies.ts";
import { type Bundle, BUNDLE_FUNCTION, readBundle } from "./bundle.ts";

/** A chart that is ready to be rendered. */
export type ChartInput = {
  readonly spec: ChartSpec;
  /** The charts of the source that it is made of; itself is the last. */
  readonly charts: readonly LocalChart[];
  /** Values that the run adds: the digests of its images. Overlays win over them. */
  readonly digests: string;
  /** Values that the run sets over the overlays; none where there is nothing to set. */
  readonly overrides?: string | undefined;
  readonly environments: readonly Environment[];
  /** Kubernetes version that the chart is rendered for, for example 1.36.0. */
  readonly kubernetes: string;
};

/** Where the arguments of helm and the results lie in a container. */
const PATHS = { input: "/input", output: "/output" } as const;

// The work of each environment runs beside that of the others. The exit code of each command is kept in a file: one
// environment that fails must not hide the others. GOGC: these programs end before a collection would pay.
const HELM_STEPS = `set -u
${BUNDLE_FUNCTION}
export GOGC=400
run() { # run <result> <command>...: keeps output, error output and exit code
  result=$1; shift
  "$@" > "$result" 2> "$result.err"; echo $? > "$result.exit"
}
overlaid() { # overlaid <environment> <result> <command>...: with the values files of the environment behind
  values=/input/$1; shift
  while IFS= read -r argument; do set -- "$@" "$argument"; done < "$values"
  run "$@"
}
template="template $RELEASE $CHART --include-crds --namespace $NAMESPACE --kube-version $KUBERNETES"
for environment in $ENVIRONMENTS; do
  mkdir -p "/output/$environment"
  (
    cd "/output/$environment"
    overlaid "$environment" lint helm lint "$CHART" --strict --namespace "$NAMESPACE" --kube-version "$KUBERNETES" &
    overlaid "$environment" manifests.yaml helm $template
    wait
  ) &
done
mkdir -p /output/defaults
(cd /output/defaults && run manifests.yaml helm $template) &
wait`;

/** Ends of the names of files that are texts. */
const TEXTS = ["yaml", "yml", "tpl", "txt", "json", "md", "toml", "sh", "conf", "properties", "env"];

const BUNDLE_STEPS = `mkdir -p ${RESULTS}
bundle /output "" > ${RESULTS}/bundle
bundle "$CHART" "" -size -1024k ! -path './charts/*' \\( ${TEXTS.map((end) => `-name '*.${end}'`).join(" -o ")} \\) > ${RESULTS}/texts
bundle ${SOURCE_ROOT} parts/ ! -path "$OWN/*" \\( -name '*.tpl' -o -name values.yaml \\) >> ${RESULTS}/texts`;

/** What lint and template made of a chart. */
export type ChartRun = {
  /** All results. */
  readonly bundle: Bundle;
  /** The chart's own text files: templates, values, overlays, notes; below `parts/`, helpers and values of those it depends on. */
  readonly texts: Bundle;
  /** The results as files, for the tools that check them. */
  readonly output: Directory;
  /** The chart with all that it depends on. */
  readonly built: Directory;
};

/**
 * Builds the dependencies of a chart, lints and renders it for its environments, and then does what a caller adds, all in one container. In the bundle,
 * each environment is a folder with `lint` and `manifests.yaml`; the folder `defaults` has the render without any values.
 * Beside each result lie its error output (`.err`) and its exit code (`.exit`). Throws DependencyError, and
 * nothing for what else helm refuses.
 *
 * @param container Container of the helm version to use.
 * @param further Script that runs when all is rendered, with the functions `run` and `overlaid` and the variable `template`.
 */
export async function runHelm(input: ChartInput, container: Container, further = ""): Promise<ChartRun> {
  const { spec, environments, kubernetes } = input;
  const run = withCharts(container, input.charts)
    .withMountedDirectory(PATHS.input, argumentFiles(input))
    .withEnvVariable("CHART", `${SOURCE_ROOT}/${spec.path}`)
    .withEnvVariable("OWN", `./${spec.path}`)
    .withEnvVariable("RELEASE", spec.release)
    .withEnvVariable("NAMESPACE", spec.namespace)
    .withEnvVariable("KUBERNETES", kubernetes)
    .withEnvVariable("ENVIRONMENTS", environments.join(" "))
    .withExec(["sh", "-c", [DEPENDENCY_STEPS, HELM_STEPS, further, BUNDLE_STEPS].join("\n")]);
  const results = run.directory(RESULTS);
  const read = Promise.all([results.file("bundle").contents(), results.file("texts").contents()]);
  const [bundle, texts] = await read.catch((error: unknown) => {
    throw dependencyFailure(error);
  });
  const built = run.directory(`${SOURCE_ROOT}/${spec.path}`);
  return { bundle: readBundle(bundle), texts: readBundle(texts), output: run.directory(PATHS.output), built };
}

/** True if helm rendered a chart for an environment. */
export function isRendered({ bundle }: ChartRun, environment: Environment): boolean {
  return bundle.get(`${environment}/manifests.yaml.exit`)?.trim() === "0";
}

/** For each environment a file with one argument of helm per line, so that no name passes through a shell. */
function argumentFiles({ spec, digests, overrides, environments }: ChartInput): Directory {
  const values = dag.directory().withNewFile("digests.yaml", digests);
  const files = overrides === undefined ? values : values.withNewFile("overrides.yaml", overrides);
  return environments.reduce((directory, environment) => {
    const overlays = (spec.environments[environment] ?? []).map((file) => `${SOURCE_ROOT}/${spec.path}/${file}`);
    const last = overrides === undefined ? [] : [`${PATHS.input}/overrides.yaml`];
    const all = [`${PATHS.input}/digests.yaml`, ...overlays, ...last];
    return directory.withNewFile(environment, all.map((file) => `--values\n${file}\n`).join(""));
  }, files);
}

/** The rendered manifests of one environment as a file. */
export function manifestFile({ output }: ChartRun, environment: Environment): File {
  return output.file(`${environment}/manifests.yaml`);
}

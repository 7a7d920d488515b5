/** The tools that charts are checked with, each pinned: containers of the image lock, and programs compiled at an exact version. */
import { CacheSharingMode, type Container, dag, type Directory, type File } from "@dagger.io/dagger";

import type { CustomResourceSource } from "../platform/chart-spec.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { isExecFailure } from "../report/engine-failure.ts";
import { RESULTS } from "../report/results-folder.ts";
import { CustomResourcesError, type SourceName } from "./custom-resources.ts";
import { checkKubernetesVersions, PREPARE_SCRIPT, SCHEMAS_FOLDER, SCHEMAS_REQUIREMENT } from "./kubernetes-schemas.ts";
import { KUBE_SCORE } from "./tool-versions.ts";

/** Where CustomResourceDefinitions are read: a folder, or a folder of a published Go module. */
export type CrdSource =
  | { readonly directory: Directory; readonly path?: string | undefined }
  | { readonly module: string; readonly version: string; readonly path: string };

/** Where a source that a platform file names is read. */
export function locateDefinitions(custom: CustomResourceSource, source: Directory): CrdSource {
  if (!("goModule" in custom)) return { directory: source.directory(custom.directory), path: custom.directory };
  return { module: custom.goModule, version: custom.version, path: custom.directory };
}

/** Exit code of the scripts and programs here for bad input; every other one is a failure of the run. */
const BAD_INPUT = 2;

// Data comes through variables. The folder is copied, for the cache volume that it lies in is no part of the result.
const MODULE_SCRIPT = `set -eu
answer=$(go mod download -json "$MODULE@$VERSION")
folder=$(printf '%s\\n' "$answer" | sed -n 's/^[[:space:]]*"Dir": "\\(.*\\)",*$/\\1/p')
if [ ! -d "$folder/$FOLDER" ]; then
  echo "/crds/$NUMBER: has no folder $FOLDER; at its top are: $(ls "$folder" | tr '\\n' ' ')" >&2
  exit ${BAD_INPUT}
fi
cp -r "$folder/$FOLDER" ${RESULTS}`;

/** Container of a version of Helm. Nothing that it is used for needs a network; what it keeps is not kept. */
export function helmContainer(lock: ImageLock, name: "helm" | "helm-4"): Container {
  return dag
    .container()
    .from(lookupImage(lock, name).reference)
    .withEnvVariable("HELM_CACHE_HOME", "/tmp/helm/cache")
    .withEnvVariable("HELM_CONFIG_HOME", "/tmp/helm/config")
    .withEnvVariable("HELM_DATA_HOME", "/tmp/helm/data");
}

/** Container of kubeconform, which has no shell: the program is at /kubeconform. */
export function kubeconform(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "kubeconform").reference);
}

/** Compiles kube-score. */
export function kubeScore(lock: ImageLock): File {
  return goCompiler(lock)
    .withEnvVariable("GOBIN", RESULTS)
    .withExec([
      "go",
      "install",
      "-trimpath",
      "-ldflags=-s -w",
      `${KUBE_SCORE.module}/${KUBE_SCORE.package}@${KUBE_SCORE.version}`,
    ])
    .file(`${RESULTS}/kube-score`);
}

/**
 * Compiles the program that holds pods to the level "restricted" of the Pod Security Standards.
 *
 * @param programs Source of the module's own programs, src/charts/programs.
 */
export function podSecurity(lock: ImageLock, programs: Directory): File {
  return compileOwnProgram(lock, programs, "podsecurity");
}

/**
 * Gives the strict schemas of versions of Kubernetes, a folder per version named as kubeconform asks for it:
 * `v<version>-local-strict/<kind>-<group>-<version>.json`. Throws UnknownKubernetesVersionError.
 */
export function kubernetesSchemas(lock: ImageLock, versions: readonly string[]): Directory {
  checkKubernetesVersions(versions);
  const install = ["--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes", "--target", "/package"];
  return dag
    .container()
    .from(lookupImage(lock, "python-3.11").reference)
    .withMountedCache("/root/.cache/pip", dag.cacheVolume("//root/.cache/pip"))
    .withEnvVariable("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    .withEnvVariable("PIP_ROOT_USER_ACTION", "ignore")
    .withNewFile("/input/requirements.txt", SCHEMAS_REQUIREMENT)
    .withExec(["pip", "install", ...install, "--requirement", "/input/requirements.txt"])
    .withNewFile("/input/prepare.py", PREPARE_SCRIPT)
    .withExec(["python3", "/input/prepare.py", `/package/${SCHEMAS_FOLDER}`, RESULTS, ...versions])
    .directory(RESULTS);
}

/**
 * Gives schemas of custom resources, made from their definitions: `<group>/<kind>_<version>.json`. Throws
 * CustomResourcesError where a source cannot be read or defines nothing.
 *
 * @param programs Source of the module's own programs, src/charts/programs.
 */
export async function crdSchemas(
  lock: ImageLock,
  programs: Directory,
  sources: readonly CrdSource[],
): Promise<Directory> {
  if (sources.length === 0) return dag.directory();
  const folders = sources.map((source, index) => ({ source, folder: `/crds/${index}` }));
  const names = folders.map(({ source, folder }): SourceName => ({ folder, name: nameOf(source) }));
  const container = folders.reduce(
    (before, { source, folder }, index) => before.withMountedDirectory(folder, definitionsOf(lock, source, index)),
    goImage(lock).withFile("/usr/local/bin/crd-schemas", compileOwnProgram(lock, programs, "crd-schemas")),
  );
  try {
    return await container
      .withExec(["crd-schemas", RESULTS, ...names.map(({ folder }) => folder)])
      .directory(RESULTS)
      .sync();
  } catch (error) {
    if (!isExecFailure(error) || error.exitCode !== BAD_INPUT) throw error;
    throw new CustomResourcesError(error.stderr, names, error);
  }
}

function nameOf(source: CrdSource): string {
  if ("directory" in source) return source.path ?? "a folder of the source";
  return `${source.module}@${source.version}/${source.path}`;
}

/** The folder with the definitions of one source. */
export function definitionsOf(lock: ImageLock, source: CrdSource, index: number): Directory {
  if ("directory" in source) return source.directory;
  return goCompiler(lock)
    .withWorkdir("/work")
    .withEnvVariable("MODULE", source.module)
    .withEnvVariable("VERSION", source.version)
    .withEnvVariable("FOLDER", source.path)
    .withEnvVariable("NUMBER", String(index))
    .withExec(["sh", "-c", MODULE_SCRIPT])
    .directory(RESULTS);
}

/**
 * Compiles a program of the module itself.
 *
 * @param programs Source of a Go module.
 * @param name Folder of the program below cmd, and its name.
 */
export function compileOwnProgram(lock: ImageLock, programs: Directory, name: string): File {
  // A change of their tests compiles nothing anew.
  const source = dag.directory().withDirectory("/", programs, { exclude: ["**/*_test.go"] });
  return goCompiler(lock)
    .withMountedDirectory("/source", source)
    .withWorkdir("/source")
    .withExec([
      "go",
      "build",
      "-mod=readonly",
      "-trimpath",
      "-ldflags=-s -w",
      "-o",
      `${RESULTS}/${name}`,
      `./cmd/${name}`,
    ])
    .file(`${RESULTS}/${name}`);
}

/**
 * A digest of the names and contents of files, without their times and modes, in which two checkouts of one commit differ.
 *
 * @param source Files; empty directories do not count.
 */
export async function contentDigest(lock: ImageLock, source: Directory): Promise<string> {
  const digest = goImage(lock)
    .withMountedDirectory("/source", source)
    .withWorkdir("/source")
    .withExec(["sh", "-c", "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"]);
  return (await digest.stdout()).slice(0, 64);
}

/** The cache volumes have the names that the engine gives to `RUN --mount=type=cache` (a slash and the target). */
function goCompiler(lock: ImageLock): Container {
  return goImage(lock)
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"), {
      sharing: CacheSharingMode.Locked,
    })
    .withEnvVariable("CGO_ENABLED", "0")
    .withEnvVariable("GOFLAGS", "-buildvcs=false");
}

function goImage(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "golang").reference);
}

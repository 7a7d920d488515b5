/**
 * The tools of charts as programs of this machine, for tests that run without an engine: compiled from the same sources at
 * the same versions as in the module, and kept in the cache of the embedded mode.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { helm3Program, helm4Program } from "../../embedded/engine/bases/helm.ts";
import { kubeconformProgram } from "../../embedded/engine/bases/kubeconform.ts";
import { type Artifact, artifactPath, exists, makeOnce, markUsed } from "../../embedded/engine/cache.ts";
import { cachePaths, cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { goVariables } from "../../embedded/engine/go.ts";
import {
  downloadGoModule,
  type GoProgram,
  goProgramArtifact,
  goProgramFile,
  makeGoProgram,
} from "../../embedded/engine/go-program.ts";
import { withLock } from "../../embedded/engine/lock.ts";
import type { Making } from "../../embedded/engine/making.ts";
import { childEnvironment, runCommand } from "../../embedded/engine/run.ts";
import {
  checkKubernetesVersions,
  PREPARE_SCRIPT,
  SCHEMAS_FOLDER,
  SCHEMAS_REQUIREMENT,
} from "../../src/charts/kubernetes-schemas.ts";
import { KUBE_SCORE } from "../../src/charts/tool-versions.ts";

const PROGRAMS = fileURLToPath(new URL("../../src/charts/programs/", import.meta.url));
const TEST_PROGRAMS = fileURLToPath(new URL("../charts/programs/", import.meta.url));

/** Tools that only tests use, each at an exact version. */
const HELM_UNITTEST = { path: "github.com/helm-unittest/helm-unittest", version: "v1.1.2" };
const HELM_DOCS = { path: "github.com/norwoodj/helm-docs", version: "v1.14.2" };
const KUSTOMIZE = { path: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.2" };
const VALUES_SCHEMA = { path: "github.com/losisin/helm-values-schema-json/v2", version: "v2.3.1" };

const TOOLS = {
  helm: helm3Program,
  "helm-4": helm4Program,
  "helm-unittest": { name: "helm-unittest", module: HELM_UNITTEST, package: "./cmd/helm-unittest" },
  "helm-docs": {
    name: "helm-docs",
    module: HELM_DOCS,
    package: "./cmd/helm-docs",
    // helm-docs writes it into what it generates.
    variables: { "main.version": HELM_DOCS.version.replace(/^v/, "") },
  },
  "helm-values-schema-json": { name: "helm-values-schema-json", module: VALUES_SCHEMA, package: "." },
  kustomize: { name: "kustomize", module: KUSTOMIZE, package: "." },
  renders: {
    name: "renders",
    module: { folder: TEST_PROGRAMS },
    package: "./cmd/renders",
    variables: helm3Program.variables ?? {},
  },
  kubeconform: kubeconformProgram,
  "kube-score": {
    name: "kube-score",
    module: { path: KUBE_SCORE.module, version: KUBE_SCORE.version },
    package: `./${KUBE_SCORE.package}`,
  },
  podsecurity: { name: "podsecurity", module: { folder: PROGRAMS }, package: "./cmd/podsecurity" },
  "crd-schemas": { name: "crd-schemas", module: { folder: PROGRAMS }, package: "./cmd/crd-schemas" },
} satisfies Record<string, GoProgram>;

/** Name of a tool. */
export type HostTool = keyof typeof TOOLS;

/** A folder of a published Go module that holds CustomResourceDefinitions. */
export type CrdModule = { readonly module: string; readonly version: string; readonly path: string };

/** Folders of schemas for kubeconform's `-schema-location`. */
export type HostSchemas = {
  /** With `v<version>-local-strict/<kind>-<group>-<version>.json`. */
  readonly kubernetes: string;
  /** With `<group>/<kind>_<version>.json`. */
  readonly custom: string;
};

/** The environment of a test run; tests of this file hand in one of their own. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;

/** Path of a tool. Makes it first where it is not there, which takes up to three minutes for Helm; later calls find it. */
export async function hostTool(name: HostTool, environment: HostEnvironment = process.env): Promise<string> {
  return hostProgram(TOOLS[name], environment);
}

/** Path of any program that is compiled from Go. Calls of several processes wait for each other, and the first one makes it. */
export async function hostProgram(program: GoProgram, environment: HostEnvironment = process.env): Promise<string> {
  const making = makingOf(environment);
  const file = await goProgramFile(making, program);
  await made(making, path.dirname(file), () => makeGoProgram(making, program));
  return file;
}

/** Folders of the prepared schemas of versions of Kubernetes and of custom resources. */
export async function hostSchemas(versions: readonly string[], modules: readonly CrdModule[]): Promise<HostSchemas> {
  checkKubernetesVersions(versions);
  const making = makingOf(process.env);
  const kubernetes: Artifact = {
    name: "kubernetes-schemas",
    inputs: { requirement: SCHEMAS_REQUIREMENT, script: PREPARE_SCRIPT, versions },
    label: "schemas of Kubernetes",
  };
  const program = TOOLS["crd-schemas"];
  const custom: Artifact = {
    name: "custom-schemas",
    inputs: { program: (await goProgramArtifact(making, program)).inputs, modules },
    label: "schemas of custom resources",
  };
  const find = (artifact: Artifact, make: (folder: string) => Promise<void>) =>
    made(making, artifactPath(making, artifact), () => makeOnce(making, artifact, make));
  await find(kubernetes, (folder) => prepareSchemas(making, versions, folder));
  await find(custom, async (folder) =>
    convertDefinitions(making, await makeGoProgram(making, program), modules, folder),
  );
  return { kubernetes: artifactPath(making, kubernetes), custom: artifactPath(making, custom) };
}

/** Variables for calls of `go` that share the caches with everything that is compiled here. */
export function hostGoVariables(): Readonly<Record<string, string>> {
  const making = makingOf(process.env);
  return { ...making.environment, ...goVariables(making), TMPDIR: process.env.TMPDIR ?? "/tmp" };
}

function makingOf(environment: HostEnvironment): Making {
  const cache = cachePaths(cacheRoot(environment));
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  return {
    cache,
    progress: {
      step: (text) => {
        say(`making ${text}`);
      },
      done: () => undefined,
    },
    environment: { ...childEnvironment(environment), TMPDIR: cache.temporary },
    signal: new AbortController().signal,
    architecture: process.arch === "arm64" ? { name: "arm64", npm: "arm64" } : { name: "amd64", npm: "x64" },
  };
}

/** Makes what is not there, under the lock of the cache; notes that it is used, so that the embedded mode keeps it. */
async function made(making: Making, folder: string, make: () => Promise<unknown>): Promise<void> {
  if (!(await exists(folder))) {
    const { signal, cache } = making;
    const onWait = () => {
      making.progress.step("nothing yet: another run works on the same cache");
    };
    await withLock(cache.lock, { signal, onWait }, async () => {
      await mkdir(cache.temporary, { recursive: true });
      await mkdir(cache.made, { recursive: true });
      try {
        await make();
      } finally {
        await rm(cache.temporary, { recursive: true, force: true });
      }
    });
  }
  await markUsed([folder]);
}

async function prepareSchemas(making: Making, versions: readonly string[], folder: string): Promise<void> {
  const target = path.join(folder, ".package");
  const requirements = path.join(folder, ".requirements.txt");
  const install = ["--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes"];
  await writeFile(requirements, SCHEMAS_REQUIREMENT);
  await runCommand(making, {
    step: "downloading schemas of Kubernetes",
    program: "python3",
    arguments: ["-m", "pip", "install", ...install, "--target", target, "--requirement", requirements],
  });
  await runCommand(making, {
    step: "preparing schemas of Kubernetes",
    program: "python3",
    arguments: ["-", path.join(target, SCHEMAS_FOLDER), folder, ...versions],
    input: PREPARE_SCRIPT,
  });
  await rm(target, { recursive: true });
  await rm(requirements);
}

async function convertDefinitions(
  making: Making,
  program: string,
  modules: readonly CrdModule[],
  folder: string,
): Promise<void> {
  const sources: string[] = [];
  for (const { module, version, path: below } of modules) {
    sources.push(path.join(await downloadGoModule(making, { path: module, version }), below));
  }
  const words = [folder, ...sources];
  await runCommand(making, { step: "converting definitions of custom resources", program, arguments: words });
}

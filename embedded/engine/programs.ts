/** Compiles the Go programs of the embedded mode: the Dagger engine, what it calls, and the SDK's session. */

import { cp, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { hashFolder, makeOnce } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import { goVariables } from "./go.ts";
import type { Making } from "./making.ts";
import { runCommand } from "./run.ts";
import { DAGGER_VERSION } from "./versions.ts";

const SOURCES = fileURLToPath(new URL("programs/", import.meta.url));
const MODULE = "github.com/dagger/dagger";

/** Programs and the packages they are compiled from; the large one comes last, when most of it is in Go's cache. */
const PROGRAMS: Readonly<Record<string, string>> = {
  runc: "./runc",
  dnsname: `${MODULE}/cmd/dnsname`,
  "dagger-init": `${MODULE}/cmd/init`,
  session: "./session",
  "dagger-engine": `${MODULE}/cmd/engine`,
};

/** Packages of the module that are replaced: they need modules that not every proxy serves. */
const REPLACED: Readonly<Record<string, string>> = {
  "dagql/idtui": "idtui",
  "core/sdk/dang/v2": "dangv2",
};

/** Large parts of the module that no program here is compiled from. */
const NOT_COPIED: ReadonlySet<string> = new Set(["docs", "sdk", "helm", "skills", "toolchains"]);

const downloadAnswer = z.object({ Dir: z.string() });

/** Describes the programs; their key changes with the sources here and the version of Dagger. */
export async function programsArtifact(making: Making): Promise<Artifact> {
  const sources = await hashFolder(SOURCES, "_test.go");
  return {
    name: "programs",
    inputs: { sources, version: DAGGER_VERSION, programs: PROGRAMS, architecture: making.architecture.name },
    label: `Dagger engine ${DAGGER_VERSION} and its programs from Go modules`,
    hint: "4 to 8 minutes on two cores, once",
  };
}

/** Compiles the programs, or finds them. Returns the folder that holds them. */
export async function makePrograms(making: Making): Promise<string> {
  const artifact = await programsArtifact(making);
  return makeOnce(making, artifact, async (folder) => {
    const workspace = path.join(folder, ".workspace");
    await cp(SOURCES, workspace, { recursive: true });
    await copyModule(making, workspace);
    for (const [name, source] of Object.entries(PROGRAMS)) {
      await compile(making, workspace, path.join(folder, name), source);
    }
    await rm(workspace, { recursive: true });
  });
}

async function copyModule(making: Making, workspace: string): Promise<void> {
  const words = ["mod", "download", "-json", `${MODULE}@${DAGGER_VERSION}`];
  const step = `downloading ${MODULE} ${DAGGER_VERSION}`;
  // Outside of the workspace: there the module is a folder that is not there yet.
  const folder = making.cache.made;
  const answer = await runCommand(making, {
    step,
    program: "go",
    arguments: words,
    folder,
    variables: goVariables(making),
  });
  const module = downloadAnswer.parse(JSON.parse(answer)).Dir;
  const copy = path.join(workspace, "dagger");
  await cp(module, copy, {
    recursive: true,
    filter: (source) => !NOT_COPIED.has(path.relative(module, source)),
  });
  for (const [place, stub] of Object.entries(REPLACED)) {
    const target = path.join(copy, place);
    for (const file of await readdir(target)) {
      if (file.endsWith(".go")) {
        await rm(path.join(target, file));
      }
    }
    await mkdir(target, { recursive: true });
    await cp(path.join(workspace, "stubs", stub), target, { recursive: true });
  }
}

async function compile(making: Making, workspace: string, output: string, source: string): Promise<void> {
  const version = `-X ${MODULE}/engine.Version=${DAGGER_VERSION} -X ${MODULE}/engine.Tag=${DAGGER_VERSION}`;
  await runCommand(making, {
    step: `compiling ${path.basename(output)}`,
    program: "go",
    arguments: ["build", "-mod=readonly", "-trimpath", `-ldflags=-s -w ${version}`, "-o", output, source],
    folder: workspace,
    variables: goVariables(making),
  });
}

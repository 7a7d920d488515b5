/** Programs that are compiled from a published Go module, or from a module of this repository: for bases and for this machine. */

import { mkdtemp } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { artifactPath, hashFolder, makeOnce, remove } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import { goVariables } from "./go.ts";
import type { Making } from "./making.ts";
import { runCommand } from "./run.ts";

/** A program and where it comes from. */
export type GoProgram = {
  readonly name: string;
  /** Published module with its version, or the folder of a module of this repository. */
  readonly module: { readonly path: string; readonly version: string } | { readonly folder: string };
  /** Package in the module, e.g. `./cmd/helm`. */
  readonly package: string;
  /** Variables of packages that are set at link time, e.g. `main.version` to `v1.0.0`. */
  readonly variables?: Readonly<Record<string, string>>;
};

const downloadAnswer = z.object({ Dir: z.string() });

/** Describes the compiled program; its key changes with everything that it is made from. */
export async function goProgramArtifact(making: Making, program: GoProgram): Promise<Artifact> {
  const { name, module } = program;
  const source = "folder" in module ? { files: await hashFolder(module.folder, "_test.go") } : module;
  const { package: from, variables = {} } = program;
  const of = "folder" in module ? "" : ` ${module.version}`;
  return {
    name: `go-${name}`,
    inputs: { source, package: from, variables, architecture: making.architecture.name, form: 1 },
    label: `program ${name}${of} from its Go module`,
  };
}

/** Where the compiled program is, or will be when it is made. */
export async function goProgramFile(making: Making, program: GoProgram): Promise<string> {
  return path.join(artifactPath(making, await goProgramArtifact(making, program)), program.name);
}

/** Compiles a program, or finds it. Returns its path. The caller holds the cache's lock. */
export async function makeGoProgram(making: Making, program: GoProgram): Promise<string> {
  const artifact = await goProgramArtifact(making, program);
  const folder = await makeOnce(making, artifact, (unfinished) =>
    compile(making, program, path.join(unfinished, program.name)),
  );
  return path.join(folder, program.name);
}

/**
 * Downloads a version of a published module, which Go's checksum database proves, and returns its folder. No other version
 * is asked for: not every proxy lists what it serves.
 */
export async function downloadGoModule(making: Making, module: { path: string; version: string }): Promise<string> {
  const named = `${module.path}@${module.version}`;
  // Outside of any module: inside of one, its requirements would count.
  const folder = await mkdtemp(path.join(making.cache.temporary, "module-"));
  const answer = await runCommand(making, {
    step: `downloading ${named}`,
    program: "go",
    arguments: ["mod", "download", "-json", named],
    folder,
    variables: goVariables(making),
  });
  await remove(folder);
  return downloadAnswer.parse(JSON.parse(answer)).Dir;
}

async function compile(making: Making, program: GoProgram, output: string): Promise<void> {
  const { name, module, variables = {} } = program;
  // Built in its own folder, a module is compiled with the versions and sums that its makers tested it with.
  const folder = "folder" in module ? module.folder : await downloadGoModule(making, module);
  const settings = Object.entries(variables).map(([variable, value]) => ` -X ${variable}=${value}`);
  await runCommand(making, {
    step: `compiling ${name}`,
    program: "go",
    arguments: [
      "build",
      "-mod=readonly",
      "-trimpath",
      `-ldflags=-s -w${settings.join("")}`,
      "-o",
      output,
      program.package,
    ],
    folder,
    variables: goVariables(making),
  });
}

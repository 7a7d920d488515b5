/** Base `golang`: Debian and the Go toolchain. */

import { chmod, cp, readdir, rename, stat } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { exists } from "../cache.ts";
import { goVariables } from "../go.ts";
import type { LayerRecipe } from "../images/layer.ts";
import type { Making } from "../making.ts";
import { runCommand } from "../run.ts";
import { DEBIAN_SUITE, GO_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { debianLayer } from "./debian.ts";
import { makeFolder } from "./tree.ts";

const NOT_NEEDED: ReadonlySet<string> = new Set(["api", "doc", "misc", "test"]);

const downloadAnswer = z.object({ Dir: z.string() });

const goLayer: LayerRecipe = {
  name: "go",
  inputs: { version: GO_VERSION, without: [...NOT_NEEDED], tests: false },
  fill: async ({ making }, tree, scratch) => {
    const toolchain = await downloadToolchain(making, scratch);
    const goroot = path.join(tree, "usr/local/go");
    await cp(toolchain, goroot, { recursive: true, filter: (source) => isKept(path.relative(toolchain, source)) });
    await restoreToolchain(goroot);
    await makeFolder(tree, "go/bin");
    await makeFolder(tree, "go/src");
  },
};

/** Go as the official image arranges it. */
export const golang: Base = {
  name: "golang",
  tag: GO_VERSION,
  madeFrom: `Debian ${DEBIAN_SUITE} packages and the Go module golang.org/toolchain for Go ${GO_VERSION}`,
  reason: "compiles the Go services",
  layers: [debianLayer, goLayer],
  config: {
    environment: {
      PATH: "/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      GOLANG_VERSION: GO_VERSION,
      GOTOOLCHAIN: "local",
      GOPATH: "/go",
    },
    workingDirectory: "/go",
    command: ["bash"],
  },
};

async function downloadToolchain(making: Making, folder: string): Promise<string> {
  const version = `v0.0.1-go${GO_VERSION}.linux-${making.architecture.name}`;
  const answer = await runCommand(making, {
    step: `downloading Go ${GO_VERSION}`,
    program: "go",
    arguments: ["mod", "download", "-json", `golang.org/toolchain@${version}`],
    folder,
    variables: goVariables(making),
  });
  return downloadAnswer.parse(JSON.parse(answer)).Dir;
}

function isKept(file: string): boolean {
  const names = file.split(path.sep);
  return !NOT_NEEDED.has(names[0] ?? "") && !names.includes("testdata") && !file.endsWith("_test.go");
}

/** A module has no programs and no go.mod inside; both are brought back as the Go command does it on a switch. */
async function restoreToolchain(goroot: string): Promise<void> {
  for (const folder of ["src", "src/cmd"]) {
    const hidden = path.join(goroot, folder, "_go.mod");
    if (await exists(hidden)) {
      await rename(hidden, path.join(goroot, folder, "go.mod"));
    }
  }
  for (const folder of ["bin", "pkg/tool"]) {
    const names = await readdir(path.join(goroot, folder), { recursive: true });
    for (const name of names) {
      const file = path.join(goroot, folder, name);
      if ((await stat(file)).isFile()) {
        await chmod(file, 0o755);
      }
    }
  }
}

/** Base `kubeconform`: the program alone, where the official image has it. */

import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";

import { makeGoProgram } from "../go-program.ts";
import type { GoProgram } from "../go-program.ts";
import type { LayerRecipe } from "../images/layer.ts";
import { KUBECONFORM_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";

const MODULE = "github.com/yannh/kubeconform";

/** kubeconform, static. */
export const kubeconformProgram: GoProgram = {
  name: "kubeconform",
  module: { path: MODULE, version: KUBECONFORM_VERSION },
  package: "./cmd/kubeconform",
  variables: { "main.version": KUBECONFORM_VERSION },
};

const kubeconformLayer: LayerRecipe = {
  name: "kubeconform",
  inputs: { program: kubeconformProgram },
  fill: async ({ making }, tree) => {
    await mkdir(tree, { recursive: true });
    await copyFile(await makeGoProgram(making, kubeconformProgram), path.join(tree, "kubeconform"));
  },
};

/** kubeconform without a shell. */
export const kubeconform: Base = {
  name: "kubeconform",
  tag: KUBECONFORM_VERSION,
  madeFrom: `the Go module ${MODULE} ${KUBECONFORM_VERSION}`,
  reason: "checks manifests against the schemas of Kubernetes",
  layers: [staticLayer, kubeconformLayer],
  config: { entrypoint: ["/kubeconform"] },
};

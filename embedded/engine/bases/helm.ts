/** Bases `helm` and `helm-4`: Helm compiled from its Go module, beside the small shell that the official image has, too. */

import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";

import { makeGoProgram } from "../go-program.ts";
import type { GoProgram } from "../go-program.ts";
import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE, HELM_3, HELM_4_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { shellLayer } from "./shell.ts";
import { staticLayer } from "./static.ts";

const HELM_3_MODULE = "helm.sh/helm/v3";
const HELM_4_MODULE = "helm.sh/helm/v4";

/** Without the last four, Helm would render for Kubernetes 1.20. */
export const helm3Program: GoProgram = {
  name: "helm",
  module: { path: HELM_3_MODULE, version: HELM_3.version },
  package: "./cmd/helm",
  variables: {
    [`${HELM_3_MODULE}/internal/version.version`]: HELM_3.version,
    [`${HELM_3_MODULE}/pkg/chartutil.k8sVersionMajor`]: HELM_3.kubernetes.major,
    [`${HELM_3_MODULE}/pkg/chartutil.k8sVersionMinor`]: HELM_3.kubernetes.minor,
    [`${HELM_3_MODULE}/pkg/lint/rules.k8sVersionMajor`]: HELM_3.kubernetes.major,
    [`${HELM_3_MODULE}/pkg/lint/rules.k8sVersionMinor`]: HELM_3.kubernetes.minor,
  },
};

/** Helm 4 takes the version of Kubernetes from the modules that it is built from. */
export const helm4Program: GoProgram = {
  name: "helm-4",
  module: { path: HELM_4_MODULE, version: HELM_4_VERSION },
  package: "./cmd/helm",
  variables: { [`${HELM_4_MODULE}/internal/version.version`]: HELM_4_VERSION },
};

/** Helm 3, which charts are linted and rendered with. */
export const helm = helmBase("helm", helm3Program, HELM_3_MODULE, HELM_3.version, "lints and renders charts");

/** Helm 4, which charts are rendered with once more. */
export const helm4 = helmBase(
  "helm-4",
  helm4Program,
  HELM_4_MODULE,
  HELM_4_VERSION,
  "renders charts as the next Helm does",
);

function helmBase(name: string, program: GoProgram, module: string, version: string, reason: string): Base {
  const layer: LayerRecipe = {
    name,
    inputs: { program },
    fill: async ({ making }, tree) => {
      const programs = path.join(tree, "usr/bin");
      await mkdir(programs, { recursive: true });
      await copyFile(await makeGoProgram(making, program), path.join(programs, "helm"));
    },
  };
  return {
    name,
    tag: version.replace(/^v/, ""),
    madeFrom: `the Go module ${module} ${version}, and the Debian ${DEBIAN_SUITE} package busybox-static`,
    reason,
    layers: [staticLayer, shellLayer, layer],
    config: {
      environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      workingDirectory: "/apps",
      entrypoint: ["helm"],
      command: ["--help"],
    },
  };
}

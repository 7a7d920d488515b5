/** Decides whether the pods of a render can run nothing but what a node was given: an image that may be pulled may be another one. */
import { textAt } from "../charts/json.ts";
import { type Manifest, objectName } from "../charts/manifest.ts";
import { containersOf, workloadsOf } from "../charts/workload.ts";
import { PipelineError } from "../report/errors.ts";

/** When a node asks a registry for an image. */
export type PullPolicy = "Never" | "IfNotPresent";

/** A chart does not take the policy that an install sets. */
export class PullPolicyError extends PipelineError {
  override readonly name = "PullPolicyError";
  constructor(chart: string, pulled: readonly string[]) {
    super(
      "gate",
      `${chart} lets the node pull images, where only those of this run may run:\n${pulled.map((line) => `  ${line}`).join("\n")}`,
      "write imagePullPolicy in the template and take it from pullPolicy beside the value that names the image, as the platform file says it under images and lockedImages",
    );
  }
}

/** Throws PullPolicyError where a container of a render may be started with an image that was pulled. */
export function checkPullPolicy(chart: string, manifests: readonly Manifest[]): void {
  const pulled = workloadsOf(manifests).flatMap((workload) =>
    containersOf(workload).flatMap(({ name, kind, value }) => {
      const found = textAt(value, "imagePullPolicy");
      if (found === "Never") return [];
      return [`${objectName(workload.manifest)}, ${kind} ${name}: imagePullPolicy is ${found || "not set"}`];
    }),
  );
  if (pulled.length > 0) throw new PullPolicyError(chart, pulled);
}

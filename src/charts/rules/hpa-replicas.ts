/** The rule that what an autoscaler scales leaves its number of replicas to it. */
import type { RenderRule } from "../finding.ts";
import { type JsonPath, textAt, valueAt } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";
import { groupOf } from "./kinds.ts";
import { type Mistake, objectRule } from "./mistake.ts";

const TARGET = ["spec", "scaleTargetRef"];

/** A rendered `replicas` and an autoscaler fight: a server-side apply conflicts, a client-side one resets the scale. */
export const HPA_REPLICAS: RenderRule = objectRule(
  "hpa-replicas",
  "An autoscaler has one target that exists and renders no replicas",
  ({ manifests }) => {
    const scaled = new Map<Manifest, Manifest>();
    return manifests.filter(isAutoscaler).flatMap((scaler) => {
      const target = manifests.find((manifest) => isTarget(scaler, manifest));
      if (target === undefined) return missingTarget(scaler, manifests);
      const other = scaled.get(target);
      scaled.set(target, scaler);
      return [...twice(scaler, target, other), ...fixedReplicas(scaler, target)];
    });
  },
);

/** HorizontalPodAutoscaler, and the ScaledObject from which KEDA makes one. */
function isAutoscaler(manifest: Manifest): boolean {
  return (
    manifest.kind === "HorizontalPodAutoscaler" || (manifest.kind === "ScaledObject" && groupOf(manifest) === "keda.sh")
  );
}

function targetKind(scaler: Manifest): string {
  const kind = textAt(scaler.body, ...TARGET, "kind");
  return kind === "" && scaler.kind === "ScaledObject" ? "Deployment" : kind;
}

function isTarget(scaler: Manifest, { kind, name, namespace }: Manifest): boolean {
  return (
    kind === targetKind(scaler) && name === textAt(scaler.body, ...TARGET, "name") && namespace === scaler.namespace
  );
}

function missingTarget(scaler: Manifest, manifests: readonly Manifest[]): Mistake[] {
  const kind = targetKind(scaler);
  const names = manifests.filter((manifest) => manifest.kind === kind).map(({ name }) => name);
  const known = names.length === 0 ? `no ${kind}` : `the ${kind}s ${names.join(", ")}`;
  const reason = `scales ${kind} ${textAt(scaler.body, ...TARGET, "name")}, which this render does not have; it has ${known}`;
  const fix =
    "name the workload with the helper that names it in its own template, or render the autoscaler only with it";
  return [{ manifest: scaler, path: [...TARGET, "name"], reason, fix }];
}

function twice(scaler: Manifest, target: Manifest, other: Manifest | undefined): Mistake[] {
  if (other === undefined) return [];
  const reason = `scales ${objectName(target)}, which ${objectName(other)} scales already; allowed is one autoscaler for a workload`;
  return [{ manifest: scaler, path: TARGET, reason, fix: "put the metrics of both into one autoscaler" }];
}

function fixedReplicas(scaler: Manifest, target: Manifest): Mistake[] {
  const path: JsonPath = ["spec", "replicas"];
  const replicas = valueAt(target.body, ...path);
  if (replicas === undefined || replicas === null) return [];
  const reason = `says ${JSON.stringify(replicas)} replicas while ${objectName(scaler)} scales it; allowed is no replicas at all`;
  return [{ manifest: target, path, reason, fix: "leave replicas out of the template while autoscaling is on" }];
}

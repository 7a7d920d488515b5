/** Decides what a change of revisions means for workloads, and which pods are killed and restarted. */
import { valueAt } from "../charts/json.ts";
import type { Manifest } from "../charts/manifest.ts";
import { COMPONENT_LABEL, hooksOf, workloadsOf } from "../charts/workload.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";

/** A component that runs all the time, and the object that its pods belong to. */
export type Component = { readonly component: string; readonly workload: string };

// What keeps pods running; a Job ends by itself.
const LASTING = ["Deployment", "StatefulSet", "DaemonSet"];

/**
 * Names the Deployments whose pods both revisions make alike, as `deployment/name`. Nothing of them would be replaced by
 * an upgrade, which would prove nothing of them: they are restarted instead.
 */
export function unchangedDeployments(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  const deployments = after.filter(({ kind }) => kind === "Deployment");
  const unchanged = deployments.filter((manifest) => {
    const old = before.find(({ kind, name }) => kind === manifest.kind && name === manifest.name);
    return old !== undefined && templateOf(old) === templateOf(manifest);
  });
  return unchanged.map(({ name }) => `deployment/${name}`);
}

/** Components of a release that keep pods running, in the order of the render. */
export function componentsOf(manifests: readonly Manifest[]): Component[] {
  const lasting = manifests.filter((manifest) => LASTING.includes(manifest.kind) && hooksOf(manifest).length === 0);
  return workloadsOf(lasting).map(({ manifest, labels }) => {
    const workload = `${manifest.kind.toLowerCase()}/${manifest.name}`;
    return { component: labels[COMPONENT_LABEL] ?? manifest.name, workload };
  });
}

/** Says which components that are to be restarted a release does not have, such as a database that is outside in this environment. */
export function absentNotes({ name, lifecycle }: ChartSpec, manifests: readonly Manifest[]): string[] {
  const present = componentsOf(manifests).map(({ component }) => component);
  const absent = (lifecycle?.restart ?? []).filter((component) => !present.includes(component));
  return absent.map((component) => `${name} has no ${component} here, which was not restarted therefore`);
}

function templateOf({ body }: Manifest): string {
  return JSON.stringify(valueAt(body, "spec", "template"));
}

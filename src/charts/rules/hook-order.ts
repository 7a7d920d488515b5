/** When helm and Argo CD create what a chart renders: events, weights, phases and waves. */
import type { Manifest } from "../manifest.ts";
import { hooksOf } from "../workload.ts";

/** Weight of a hook; helm runs lower ones first, and takes what is no number for 0. */
export function weightOf({ annotations }: Manifest): number {
  const text = (annotations["helm.sh/hook-weight"] ?? "0").trim();
  return /^[-+]?\d+$/.test(text) ? Number(text) : 0;
}

/** True for an object that helm creates as a hook, whatever the event. */
export function isHook(manifest: Manifest): boolean {
  return hooksOf(manifest).length > 0;
}

/** Policies by which helm deletes a hook; undefined where the chart leaves it to helm. */
export function deletePoliciesOf({ annotations }: Manifest): string[] | undefined {
  const policies = annotations["helm.sh/hook-delete-policy"];
  return policies === undefined ? undefined : listOf(policies);
}

/** Words of an annotation that are separated by commas. */
export function listOf(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** Events at which the objects of the release itself exist and are those of this version. */
const EVENTS_WITH_RELEASE = new Set([
  "post-install",
  "post-upgrade",
  "post-rollback",
  "pre-delete",
  "test",
  "test-success",
]);
/** The event before, in the same run of helm: what it left is still there. */
const EARLIER: Readonly<Record<string, string>> = {
  "post-install": "pre-install",
  "post-upgrade": "pre-upgrade",
  "post-rollback": "pre-rollback",
};

/** True where an ordinary object of the release is there, as this version renders it, when a hook of the event runs. */
export function hasRelease(event: string): boolean {
  return EVENTS_WITH_RELEASE.has(event);
}

/** True where helm has created one hook before it creates another of this event. */
export function isBefore(first: Manifest, second: Manifest, event: string): boolean {
  const events = hooksOf(first);
  if (events.includes(event) && weightOf(first) < weightOf(second)) return true;
  const earlier = EARLIER[event];
  const isKept = !(deletePoliciesOf(first) ?? []).includes("hook-succeeded");
  return earlier !== undefined && events.includes(earlier) && isKept;
}

const PHASES = ["PreSync", "Sync", "PostSync"] as const;
// Source: argoproj/argo-cd:gitops-engine/pkg/sync/hook/helm/type.go. Other events do not run under Argo CD.
const PHASE_OF: Readonly<Record<string, (typeof PHASES)[number]>> = {
  "pre-install": "PreSync",
  "pre-upgrade": "PreSync",
  "post-install": "PostSync",
  "post-upgrade": "PostSync",
  "crd-install": "PreSync",
};

/** Annotation by which Argo CD takes an object for a hook, over what helm's annotation says. */
export const ARGO_HOOK = "argocd.argoproj.io/hook";

/** Phase and wave in which Argo CD creates an object; undefined where it never does. */
export function argoOrder(manifest: Manifest): { readonly phase: number; readonly wave: number } | undefined {
  const { annotations } = manifest;
  const own = annotations[ARGO_HOOK];
  const events = hooksOf(manifest);
  const phases = own === undefined ? events.map((event) => PHASE_OF[event] ?? "") : listOf(own);
  const isOrdinary = own === undefined && events.length === 0;
  const numbers = isOrdinary
    ? [PHASES.indexOf("Sync")]
    : PHASES.flatMap((name, index) => (phases.includes(name) ? [index] : []));
  const [phase] = numbers;
  if (phase === undefined) return undefined;
  const wave = annotations["argocd.argoproj.io/sync-wave"];
  return { phase, wave: wave === undefined ? weightOf(manifest) : Number.parseInt(wave, 10) || 0 };
}

/** True where Argo CD creates the first object later than the second. */
export function isLaterInArgo(first: Manifest, second: Manifest): boolean {
  const [one, other] = [argoOrder(first), argoOrder(second)];
  if (one === undefined || other === undefined) return false;
  return one.phase > other.phase || (one.phase === other.phase && one.wave > other.wave);
}

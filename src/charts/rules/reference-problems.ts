/** What can be wrong with a reference to an object that has to exist: there is none of that name, or it lacks a key. */
import { nearestName } from "../../platform/nearest-name.ts";
import type { ChartRender } from "../finding.ts";
import type { Manifest } from "../manifest.ts";
import type { Mistake } from "./mistake.ts";
import { deliveredBy, keysOf, type Reference } from "./references.ts";

/** Secrets that exist before an install, with their keys, as the platform file declares them. */
export type DeclaredSecrets = Readonly<Record<string, readonly string[]>>;

/** A problem without its place. */
export type ReferenceProblem = Pick<Mistake, "reason" | "fix">;

/**
 * What is wrong with a reference to an object that the chart does not render; undefined where it is declared, or where
 * Kubernetes makes it in every namespace, or where the pod says that it runs without it.
 */
export function absence(
  { manifests }: ChartRender,
  { kind, name, keys, optional }: Reference,
  secrets: DeclaredSecrets,
  { when, fix }: { readonly when: string; readonly fix: string },
): ReferenceProblem | undefined {
  if ((kind === "ServiceAccount" && name === "default") || name === "kube-root-ca.crt" || optional) return undefined;
  const declared = kind === "Secret" ? secrets[name] : undefined;
  if (declared !== undefined) {
    const missing = keys.find((key) => !declared.includes(key));
    if (missing === undefined) return undefined;
    const reason = `needs the key ${missing} of Secret ${name}, for which the platform file declares ${declared.join(", ")}`;
    return { reason, fix: "use a key that is declared, or declare this one under secrets of the chart" };
  }
  const rendered = manifests.flatMap(deliveredBy).filter((delivered) => delivered.kind === kind);
  const known = [...rendered.map((delivered) => delivered.name), ...(kind === "Secret" ? Object.keys(secrets) : [])];
  const near = nearestName(name, known);
  const reason = `needs ${kind} ${name} ${when}, which is neither rendered nor declared to exist before`;
  return { reason, fix: near === undefined ? fix : `write ${near}, or ${fix}` };
}

/** What is wrong where the objects that a reference means have not the keys that it needs. */
export function lackOfKey(
  { kind, name, keys, optional }: Reference,
  providers: readonly Manifest[],
): ReferenceProblem | undefined {
  const known = providers.map(keysOf);
  if (optional || known.includes(undefined)) return undefined;
  const missing = keys.find((key) => !known.some((each) => each?.includes(key)));
  if (missing === undefined) return undefined;
  const has = known.flatMap((each) => each ?? []).join(", ");
  const reason = `needs the key ${missing} of ${kind} ${name}, which has ${has === "" ? "none" : has}`;
  return { reason, fix: "use a key that it has, or add this one" };
}

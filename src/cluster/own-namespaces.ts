/** What a test may do in a cluster that is not its own: namespaces with names of this run, and nothing outside of them. */
import { entriesAt, itemsAt, textAt } from "../charts/json.ts";
import { type Manifest, objectName } from "../charts/manifest.ts";
import { groupOf } from "../charts/rules/kinds.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { PipelineError } from "../report/errors.ts";
import type { ClusterKind } from "./cluster-kinds.ts";

/** Label of every namespace that a test makes; annotations with its run, and the second since 1970 after which nobody uses it any more. */
export const OWN = {
  label: "slipway.invalid/smoke-test",
  run: "slipway.invalid/run",
  ends: "slipway.invalid/ends",
} as const;

/**
 * How long a namespace is a run's own, in seconds, and how often a run that lives says so again. Ten times may go by, and clocks may
 * differ by minutes, before the next run takes away what is used.
 */
export const LEASE = { seconds: 600, renewedEverySeconds: 60 } as const;

/** A chart installs something that would not stay within its namespace. */
export class OutsideNamespaceError extends PipelineError {
  override readonly name = "OutsideNamespaceError";
  constructor(chart: string, objects: readonly string[]) {
    super(
      "config",
      `${chart} installs what is not in a namespace of its own, and so cannot be tested in a cluster of others: ${objects.join(", ")}`,
      "leave --kubeconfig out, so that the test starts a cluster of its own",
    );
  }
}

/** An environment needs services outside of the platform, and a cluster that is not the test's own must not be changed for them. */
export class ExternalsRefusedError extends PipelineError {
  override readonly name = "ExternalsRefusedError";
  constructor(environment: string, names: readonly string[]) {
    super(
      "config",
      `in ${environment}, services outside are stood for by addresses of the node (${names.join(", ")}), and a cluster that is not the test's own is not changed for that`,
      "use --env dev with --kubeconfig, or leave --kubeconfig out",
    );
  }
}

/** Throws ExternalsRefusedError where services outside would have to be stood for. */
export function refuseExternals(externals: readonly { readonly name: string }[], environment: string): void {
  if (externals.length > 0) {
    throw new ExternalsRefusedError(
      environment,
      externals.map(({ name }) => name),
    );
  }
}

/** What a test in a cluster of others does and does not. */
export function existingNotes(charts: readonly ChartSpec[]): string[] {
  const names = [...new Set(charts.map(({ namespace }) => namespace))].join(", ");
  return [
    `the cluster was there before: the test made the namespaces ${names} in it, changed nothing else, and removed them`,
    "its nodes must have the images of this run or be able to pull them; the program that asks must lie on them",
    "network graphs were not proved: stand-ins would have to be in namespaces of others",
    "entries were not proved: the ingress controller would have to be in a namespace of others",
  ];
}

/** A chart in a namespace that only this run has. */
export function inOwnNamespace(chart: ChartSpec, run: string): ChartSpec {
  return { ...chart, namespace: `slipway-${run}-${chart.namespace}`.slice(0, 63).replace(/-+$/, "") };
}

/** A namespace of a run, as JSON. */
export function ownNamespace(name: string, run: string, now: number): string {
  const annotations = { [OWN.run]: run, [OWN.ends]: leaseEnd(now) };
  const metadata = { name, labels: { [OWN.label]: "true" }, annotations };
  return JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata });
}

/** Words that tell kubectl to make namespaces a run's own for longer. */
export function renewalWords(namespaces: readonly string[], now: number): string[] {
  return ["annotate", "--overwrite", "namespace", ...namespaces, `${OWN.ends}=${leaseEnd(now)}`];
}

/**
 * Namespaces that a run which was cut off has left behind.
 *
 * @param list What `kubectl get namespaces --selector <label> --output json` printed, parsed.
 */
export function leftBehind(list: unknown, now: number): string[] {
  return itemsAt(list, "items").flatMap((item) => {
    const ends = Number(textAt(item, "metadata", "annotations", OWN.ends));
    const isOwn = entriesAt(item, "metadata", "labels").some(([key]) => key === OWN.label);
    return isOwn && ends > 0 && ends * 1000 < now ? [textAt(item, "metadata", "name")] : [];
  });
}

/**
 * Throws OutsideNamespaceError where a render has objects beyond its namespace.
 *
 * @param kinds Of the cluster.
 */
export function checkNamespaced(chart: ChartSpec, manifests: readonly Manifest[], kinds: readonly ClusterKind[]): void {
  const wide = new Set(kinds.filter((each) => !each.isNamespaced).map(({ group, kind }) => `${group} ${kind}`));
  const strays = manifests.filter(
    ({ apiVersion, kind, namespace }) =>
      wide.has(`${groupOf({ apiVersion })} ${kind}`) || (namespace !== "" && namespace !== chart.namespace),
  );
  if (strays.length > 0) throw new OutsideNamespaceError(chart.name, strays.map(objectName));
}

function leaseEnd(now: number): string {
  return String(Math.ceil(now / 1000) + LEASE.seconds);
}

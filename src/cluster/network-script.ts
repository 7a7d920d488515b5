/** The scripts of a network proof and their input: what each stand-in tries, and whether it answers itself. */
import { CONTROL, type PodName } from "./network-manifests.ts";
import { type Target, targetKey } from "./network-plan.ts";
import type { Observed, Outcome } from "./network-outcome.ts";
import type { Stage } from "./network-stage.ts";

/** Where the input of the scripts lies. */
export const PROOF_FOLDER = "/proof";

/** Longest wait for one answer, in seconds; what is refused comes at once, what is dropped comes never. */
export const ANSWER_SECONDS = 3;

/**
 * Makes namespaces and pods, waits until they run, and prints `<namespace> <name> <address>` for each pod of the cluster.
 * Reads BOUND (seconds), MISSING, the namespaces that are not there, and ENDING, those of them that are being removed.
 */
export const PREPARE_SCRIPT = `set -eu
for namespace in $ENDING; do
  kubectl wait --for=delete "namespace/$namespace" --timeout="\${BOUND}s" > /dev/null
done
# Every proof has its control, so that nothing is left of an earlier one where the control has no place.
case " $MISSING " in
  *" ${CONTROL.namespace} "*) ;;
  *) kubectl delete --ignore-not-found --timeout="\${BOUND}s" --filename ${PROOF_FOLDER}/manifests.json > /dev/null ;;
esac
if [ -n "$MISSING" ]; then kubectl create --filename ${PROOF_FOLDER}/namespaces.json > /dev/null; fi
for namespace in $MISSING; do
  kubectl wait --for=create serviceaccount/default --namespace "$namespace" --timeout="\${BOUND}s" > /dev/null
done
kubectl apply --server-side --filename ${PROOF_FOLDER}/manifests.json > /dev/null
if ! kubectl wait --for=condition=ContainersReady --timeout="\${BOUND}s" --filename ${PROOF_FOLDER}/pods.json > /dev/null; then
  kubectl get pods --all-namespaces --output wide >&2
  kubectl get events --all-namespaces --field-selector type=Warning >&2
  exit 1
fi
kubectl get pods --all-namespaces \\
  --output jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name} {.status.podIP}{"\\n"}{end}'
`;

/** Name of the program that has the stand-ins try; its source is in programs/cmd. */
export const TRIAL_PROGRAM = "network-trials";

/** Runs the trials of each pod in it, and prints their results. Reads ANSWER (seconds). */
export const TRY_SCRIPT = `set -u
socket=/tmp/api
# By default a proxy lets nobody run anything in a pod.
kubectl proxy --unix-socket="$socket" --reject-paths='^$' > /dev/null &
proxy=$!
status=0
${TRIAL_PROGRAM} "$socket" ${PROOF_FOLDER} /network-probe dial "$ANSWER" || status=$?
kill "$proxy"
exit "$status"
`;

/**
 * Removes the pods and the control's policy, and waits until they are gone, since they carry the labels of real pods; and
 * the namespaces that were made, named in MADE, for which only another proof waits.
 */
export const REMOVE_SCRIPT = `set -u
status=0
kubectl delete --ignore-not-found --timeout=120s --filename ${PROOF_FOLDER}/manifests.json > /dev/null || status=1
for namespace in $MADE; do
  kubectl delete namespace --ignore-not-found --wait=false "$namespace" > /dev/null || status=1
done
exit $status
`;

/** One line of input of the probe, in the pod that tries it. */
export type Dial = { readonly source: PodName; readonly line: string };

/** What the numbers of the probe's output mean beyond those of the trials. */
type Extra = { readonly open: number; readonly closed: number; readonly self: ReadonlyMap<number, string> };

/** Prints what is there of namespaces, a line for each. */
export const LIST_NAMESPACES = [
  ...["get", "namespaces"],
  '--output=jsonpath={range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}',
] as const;

/** Of the namespaces that are needed, those that are not there to be used, and those of them that are being removed. */
export function missingNamespaces(
  needed: readonly string[],
  list: string,
): { readonly missing: string[]; readonly ending: string[] } {
  const phases = new Map(list.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
  const missing = needed.filter((name) => phases.get(name) !== "Active");
  return { missing, ending: missing.filter((name) => phases.has(name)) };
}

/** Reads the output of the first script: `<namespace>/<name>` to address. */
export function parseAddresses(output: string): Map<string, string> {
  const pods = output.split("\n").map((line) => line.split(" "));
  return new Map(
    pods.flatMap(([namespace = "", name = "", address = ""]): [string, string][] =>
      address === "" ? [] : [[`${namespace}/${name}`, address]],
    ),
  );
}

/** Everything that is tried in one round: the trials, every stand-in itself, and the control. */
export function dialsOf(stage: Stage, addresses: ReadonlyMap<string, string>): Dial[] {
  const extra = numbersOf(stage);
  const line = (
    number: number,
    to: PodName & { readonly address?: string },
    port: { port: number; protocol: string },
  ) =>
    `${number} ${port.protocol} ${to.address ?? addresses.get(`${to.namespace}/${to.name}`) ?? "0.0.0.0"}:${port.port} ${to.name}`;
  const trials = stage.trials.map(({ from, to, port }, number): Dial => ({
    source: from,
    line: line(number, to, port),
  }));
  const selfs = selfTrials(stage).map(({ pod, port }, index): Dial => {
    return { source: pod, line: line(stage.trials.length + index, pod, port) };
  });
  const { namespace, port, pods } = CONTROL;
  const source = { namespace, name: pods.client };
  const control = (
    [
      [extra.open, pods.open],
      [extra.closed, pods.closed],
    ] as const
  ).map(([number, name]): Dial => {
    return { source, line: line(number, { namespace, name }, { port, protocol: "TCP" }) };
  });
  return [...trials, ...selfs, ...control];
}

/** Sorts the results of one round. */
export function observedOf(stage: Stage, found: ReadonlyMap<number, Outcome>): Observed {
  const { open, closed, self } = numbersOf(stage);
  const missing: Outcome = { kind: "failed", detail: "no result" };
  const mute = [...self].flatMap(([number, key]): [string, Outcome][] => {
    const outcome = found.get(number) ?? missing;
    return outcome.kind === "connected" ? [] : [[key, outcome]];
  });
  return {
    trials: found,
    mute: new Map(mute),
    control: { open: found.get(open) ?? missing, closed: found.get(closed) ?? missing },
  };
}

function numbersOf(stage: Stage): Extra {
  const first = stage.trials.length;
  const selfs = selfTrials(stage);
  return {
    self: new Map(selfs.map(({ pod, port }, index) => [first + index, targetKey(pod, port)])),
    open: first + selfs.length,
    closed: first + selfs.length + 1,
  };
}

function selfTrials({ standIns, addresses }: Stage) {
  return [...standIns, ...addresses].flatMap((pod: Target) => pod.listens.map((port) => ({ pod, port })));
}

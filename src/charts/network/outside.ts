/** What is outside a release as ends of connections: the names of its graph, and everything that has no name there. */
import type { Outside } from "../../platform/chart-spec.ts";
import type { ChartRender } from "../finding.ts";
import { type AddressRange, cutAddresses, everyAddress, formatRange, isWithin, parseBlock } from "./address-block.ts";
import { type AddressEndpoint, ANYWHERE_ELSE, type Endpoint, OTHER_NAMESPACE, type PodEndpoint } from "./endpoint.ts";
import { formatLabels, type Labels } from "./label-selector.ts";
import { allRules, type NetworkPolicy } from "./network-policy.ts";
import { policyWitnesses } from "./policy-witness.ts";
import { namespaceLabels } from "./release-pods.ts";

/**
 * What is outside a release: the names of its graph, and everything else in as few cases as the policies can tell apart.
 * Pods that a policy cannot tell from those of the release are left out, since they are compared there.
 */
export function outsideEndpoints(
  render: ChartRender,
  outsides: readonly (readonly [string, Outside])[],
  pods: readonly PodEndpoint[],
  policies: readonly NetworkPolicy[],
): Endpoint[] {
  const own = { namespace: render.namespace, namespaceLabels: namespaceLabels(render, render.namespace) };
  const isOfRelease = ({ namespace, labels }: Unknown) =>
    Object.keys(labels).length > 0 && pods.some((pod) => pod.namespace === namespace && hasLabels(pod.labels, labels));
  const unknown: Unknown[] = [
    ...outsides.flatMap(([, outside]) => declaredPods(outside, render.namespace)),
    { ...own, labels: {} },
    { namespace: OTHER_NAMESPACE, labels: {} },
    ...policyWitnesses(policies, own).filter((witness) => !isOfRelease(witness)),
  ];
  const endpoints = unknown.map((pod) => toPod(pod, namespaceLabels(render, pod.namespace)));
  return [...unique(endpoints), ...addressRanges(outsides, policies)].map((endpoint) => {
    const names = outsides.filter(([, outside]) => covers(outside, endpoint, render.namespace)).map(([name]) => name);
    const represents = outsides
      .filter(([, outside]) => holds(outside, endpoint, render.namespace))
      .map(([name]) => name);
    return { ...endpoint, names: names.length === 0 ? [ANYWHERE_ELSE] : names, represents };
  });
}

type Unknown = { readonly namespace: string; readonly labels: Labels; readonly namespaceLabels?: Labels };

/** The pods of a name of the graph: those of its namespace, or of the release's where it gives labels alone. */
function declaredPods({ namespace, pods }: Outside, own: string): Unknown[] {
  return namespace === undefined && pods === undefined ? [] : [{ namespace: namespace ?? own, labels: pods ?? {} }];
}

function toPod({ namespace, labels, namespaceLabels: wanted }: Unknown, known: Labels): PodEndpoint {
  const others = Object.entries(wanted ?? {}).filter(([key]) => !Object.hasOwn(known, key));
  const extra = others.length === 0 ? "" : ` with ${formatLabels(Object.fromEntries(others))}`;
  const other = extra === "" ? "any other namespace" : `any namespace${extra}`;
  const pods = Object.keys(labels).length === 0 ? "any pod" : `any pod with ${formatLabels(labels)}`;
  return {
    kind: "pod",
    names: [],
    represents: [],
    title: `${pods} in ${namespace === OTHER_NAMESPACE ? other : `namespace ${namespace}${extra}`}`,
    namespace,
    namespaceLabels: { ...wanted, ...known },
    labels,
    workload: undefined,
    ports: [],
  };
}

/** The addresses of both families, cut at every block that a policy or the graph names. */
function addressRanges(
  outsides: readonly (readonly [string, Outside])[],
  policies: readonly NetworkPolicy[],
): AddressEndpoint[] {
  const peers = policies.flatMap(allRules).flatMap((rule) => (rule.peers === "everyone" ? [] : rule.peers));
  const written = peers.flatMap((peer) => (peer.kind === "addresses" ? [peer.block, ...peer.except] : []));
  const declared = outsides.flatMap(([, outside]) => blocksOf(outside));
  return cutAddresses([...declared, ...written]).map((range) => {
    const isAll = isWithin(everyAddress(range.family), range);
    const title = isAll ? `any IPv${range.family} address` : `addresses ${formatRange(range)}`;
    return { kind: "addresses", names: [], represents: [], title, range };
  });
}

/** Tells whether something counts as what the graph names. All addresses of a family are those of all pods, too. */
function covers(outside: Outside, endpoint: Endpoint, own: string): boolean {
  if (holds(outside, endpoint, own)) return true;
  return endpoint.kind === "pod" && blocksOf(outside).some((block) => isWithin(everyAddress(block.family), block));
}

/** Tells whether something is part of what the graph names. */
function holds(outside: Outside, endpoint: Endpoint, own: string): boolean {
  if (endpoint.kind === "addresses") return blocksOf(outside).some((block) => isWithin(endpoint.range, block));
  const declared = declaredPods(outside, own);
  return declared.some(
    ({ namespace, labels }) => namespace === endpoint.namespace && hasLabels(endpoint.labels, labels),
  );
}

function blocksOf({ cidrs = [] }: Outside): AddressRange[] {
  return cidrs.map(parseBlock).filter((block) => block !== undefined);
}

function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function unique(pods: readonly PodEndpoint[]): PodEndpoint[] {
  const sorted = (labels: Labels) => Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const keyed = pods.map((pod) => [JSON.stringify([sorted(pod.namespaceLabels), sorted(pod.labels)]), pod] as const);
  return [...new Map(keyed.toReversed()).values()].toReversed();
}

/** Random small releases with random network policies, from a seed. */
import type {
  NaivePeer,
  NaivePolicy,
  NaivePolicyPeer,
  NaivePort,
  NaiveRule,
  NaiveSelector,
} from "./naive-evaluator.ts";

/** Numbers from a seed, the same ones every time. Source: the generator mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Namespaces and the labels that all sides know of them. */
export const NAMESPACES = ["shop", "tools"];

/** Ports at which two evaluators are compared: those that rules name, their neighbours, and some that nothing names. */
export const PORTS = [52, 53, 79, 80, 81, 443, 8079, 8080, 8081, 8090, 8091, 65535];

/** Addresses at which two evaluators are compared. */
export const ADDRESSES = [
  "0.0.0.0",
  "10.0.0.1",
  "10.1.2.3",
  "10.1.255.255",
  "10.2.0.0",
  "192.168.7.9",
  "203.0.113.80",
  "255.255.255.255",
];

export type RandomRelease = { readonly pods: readonly NaivePeer[]; readonly policies: NaivePolicy[] };

/** A release of a few pods and policies. */
export function randomRelease(seed: number): RandomRelease {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0];
  const some = <Item>(most: number, make: () => Item): Item[] => Array.from({ length: below(most + 1) }, make);
  const chance = (share: number) => random() < share;

  const label = () => [pick(["app", "tier", "role"]), pick(["a", "b", "c"])] as const;
  const labels = () => Object.fromEntries(some(3, label));
  const protocol = () => pick(["TCP", "TCP", "TCP", "UDP", "SCTP"]);
  const selector = (): NaiveSelector => ({
    ...(chance(0.5) ? { matchLabels: Object.fromEntries(some(2, label)) } : {}),
    ...(chance(0.4) ? { matchExpressions: some(2, expression) } : {}),
  });
  const expression = () => {
    const operator = pick(["In", "NotIn", "Exists", "DoesNotExist"]);
    const values = operator.endsWith("In") ? { values: ["a", ...some(1, () => pick(["b", "c"]))] } : {};
    return { key: pick(["app", "tier", "role"]), operator, ...values };
  };
  const namespaceSelector = (): NaiveSelector => {
    const key = "kubernetes.io/metadata.name";
    return pick<NaiveSelector>([
      {},
      { matchLabels: { [key]: pick(["shop", "tools", "elsewhere"]) } },
      { matchExpressions: [{ key, operator: pick(["In", "NotIn"]), values: [pick(["shop", "tools"]), "elsewhere"] }] },
      { matchExpressions: [{ key: "team", operator: pick(["Exists", "DoesNotExist"]) }] },
    ]);
  };
  const peer = (): NaivePolicyPeer => {
    const kind = below(4);
    if (kind === 0) return { podSelector: selector() };
    if (kind === 1) return { namespaceSelector: namespaceSelector() };
    if (kind === 2) return { namespaceSelector: namespaceSelector(), podSelector: selector() };
    const cidr = pick(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.80/32"]);
    return { ipBlock: { cidr, except: some(2, () => pick(["10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16"])) } };
  };
  const port = (): NaivePort => ({
    ...(chance(0.5) ? { protocol: protocol() } : {}),
    ...pick<NaivePort>([
      {},
      { port: pick([53, 80, 443, 8080]) },
      { port: pick(["http", "dns"]) },
      { port: pick(["http", "dns"]) },
      { port: pick([53, 80, 8080]), endPort: pick([8080, 8090, 65535]) },
    ]),
  });
  const rule = (key: "from" | "to"): NaiveRule => ({
    ...(chance(0.8) ? { [key]: some(2, peer) } : {}),
    ...(chance(0.7) ? { ports: some(2, port) } : {}),
  });
  const policy = (): NaivePolicy => ({
    namespace: pick(["shop", "shop", "shop", "tools"]),
    podSelector: selector(),
    ...(chance(0.6) ? { policyTypes: pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]]) } : {}),
    ...(chance(0.8) ? { ingress: some(2, () => rule("from")) } : {}),
    ...(chance(0.6) ? { egress: some(2, () => rule("to")) } : {}),
  });
  const containerPort = () => ({
    name: pick(["http", "dns"]),
    containerPort: pick([53, 80, 443, 8080]),
    protocol: protocol(),
  });
  const pod = (): NaivePeer => {
    const namespace = pick(["shop", "shop", "tools"]);
    const namespaceLabels = { "kubernetes.io/metadata.name": namespace };
    return {
      namespace,
      namespaceLabels,
      labels: labels(),
      ports: [containerPort(), ...some(2, containerPort)],
      ours: true,
    };
  };
  return { pods: [pod(), pod(), ...some(2, pod)], policies: [policy(), ...some(4, policy)] };
}

/** Reads NetworkPolicies of networking.k8s.io/v1 into typed values, with the defaults that the API server fills in. */
import { itemsAt, type JsonPath, textAt, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { type AddressRange, parseBlock } from "./address-block.ts";
import { type LabelSelector, parseSelector } from "./label-selector.ts";
import { parseProtocol, type Protocol } from "./port-space.ts";

/** The two directions in which a policy can restrict the pods that it selects. */
export const DIRECTIONS = ["ingress", "egress"] as const;

/** Into a pod or out of it. */
export type Direction = (typeof DIRECTIONS)[number];

/** A policy that was read. */
export type NetworkPolicy = {
  readonly manifest: Manifest;
  readonly namespace: string;
  /** The pods of its namespace that it restricts. */
  readonly pods: LabelSelector;
  /** What it allows, per direction that it restricts; a direction that it leaves alone is not there. */
  readonly rules: Readonly<Partial<Record<Direction, readonly PolicyRule[]>>>;
  /** What in it can never have an effect. */
  readonly mistakes: readonly PolicyMistake[];
};

/** One rule of a policy: these peers, on these ports. */
export type PolicyRule = {
  readonly path: JsonPath;
  readonly peers: readonly Peer[] | "everyone";
  readonly ports: readonly PolicyPort[] | "every port";
};

/** Whom a rule allows. */
export type Peer =
  | {
      readonly kind: "pods";
      /** Namespaces of the pods; only the policy's own where there is none. */
      readonly namespaces: LabelSelector | undefined;
      readonly pods: LabelSelector;
    }
  | { readonly kind: "addresses"; readonly block: AddressRange; readonly except: readonly AddressRange[] };

/** Ports that a rule allows: a range of numbers, or those that the destination's containers give a name. */
export type PolicyPort =
  | { readonly protocol: Protocol; readonly first: number; readonly last: number }
  | { readonly protocol: Protocol; readonly name: string; readonly path: JsonPath };

/** A part of a policy that selects or allows nothing, although it was written to. */
export type PolicyMistake = { readonly path: JsonPath; readonly reason: string; readonly fix: string };

const LAST_PORT = 65_535;

/** All network policies among manifests. */
export function networkPolicies(manifests: readonly Manifest[], namespace: string): NetworkPolicy[] {
  return manifests
    .filter(({ kind, apiVersion }) => kind === "NetworkPolicy" && apiVersion === "networking.k8s.io/v1")
    .map((manifest) => toPolicy(manifest, namespace));
}

/** The rules of a policy in both directions. */
export function allRules({ rules }: NetworkPolicy): PolicyRule[] {
  return DIRECTIONS.flatMap((direction) => rules[direction] ?? []);
}

function toPolicy(manifest: Manifest, namespace: string): NetworkPolicy {
  const mistakes: PolicyMistake[] = [];
  const directions = directionsOf(manifest.body);
  const rules: Partial<Record<Direction, PolicyRule[]>> = {};
  for (const direction of DIRECTIONS) {
    const written = itemsAt(manifest.body, "spec", direction);
    if (directions.has(direction)) {
      rules[direction] = written.map((rule, index) => toRule(rule, direction, ["spec", direction, index], mistakes));
    } else if (written.length > 0) {
      const name = direction === "egress" ? "Egress" : "Ingress";
      const reason = `has ${direction} rules, and its policyTypes leave ${name} out, so they do nothing`;
      mistakes.push({ path: ["spec", direction], reason, fix: `add ${name} to spec.policyTypes, or remove the rules` });
    }
  }
  const pods = selectorAt(manifest.body, ["spec", "podSelector"], mistakes);
  return { manifest, namespace: manifest.namespace || namespace, pods, rules, mistakes };
}

/** Without policyTypes, a policy is about ingress, and about egress only where it has a rule for it. */
function directionsOf(body: unknown): Set<Direction> {
  const types = itemsAt(body, "spec", "policyTypes");
  if (types.length > 0)
    return new Set(DIRECTIONS.filter((name) => types.includes(name === "egress" ? "Egress" : "Ingress")));
  return new Set(itemsAt(body, "spec", "egress").length > 0 ? DIRECTIONS : (["ingress"] as const));
}

function toRule(rule: unknown, direction: Direction, path: JsonPath, mistakes: PolicyMistake[]): PolicyRule {
  const key = direction === "ingress" ? "from" : "to";
  const peers = itemsAt(rule, key);
  const ports = itemsAt(rule, "ports");
  return {
    path,
    peers:
      peers.length === 0 ? "everyone" : peers.flatMap((peer, index) => toPeer(peer, [...path, key, index], mistakes)),
    ports:
      ports.length === 0
        ? "every port"
        : ports.flatMap((port, index) => toPort(port, [...path, "ports", index], mistakes)),
  };
}

function toPeer(peer: unknown, path: JsonPath, mistakes: PolicyMistake[]): Peer[] {
  const [namespaces, pods, block] = ["namespaceSelector", "podSelector", "ipBlock"].map(
    (key) => valueAt(peer, key) ?? undefined,
  );
  if (block !== undefined) {
    if (namespaces === undefined && pods === undefined) return toAddresses(block, [...path, "ipBlock"], mistakes);
    mistakes.push({
      path,
      reason: "has an ipBlock together with a selector, which is refused",
      fix: "make them two peers",
    });
    return [];
  }
  if (namespaces === undefined && pods === undefined) {
    const fix = "write a podSelector, a namespaceSelector or an ipBlock; for everyone, leave the list of peers out";
    mistakes.push({ path, reason: "is a peer without a podSelector, a namespaceSelector or an ipBlock", fix });
    return [];
  }
  return [
    {
      kind: "pods",
      namespaces: namespaces === undefined ? undefined : selectorAt(peer, ["namespaceSelector"], mistakes, path),
      pods: selectorAt(peer, ["podSelector"], mistakes, path),
    },
  ];
}

function toAddresses(value: unknown, path: JsonPath, mistakes: PolicyMistake[]): Peer[] {
  const blocks = [["cidr"], ...itemsAt(value, "except").map((_, index) => ["except", index])].map((at) => {
    const text = textAt(value, ...at);
    const block = parseBlock(text);
    const reason = `is ${JSON.stringify(text)}, which is no address block`;
    if (block === undefined) mistakes.push({ path: [...path, ...at], reason, fix: "write a block such as 10.0.0.0/8" });
    return block;
  });
  const [block, ...except] = blocks;
  if (block === undefined) return [];
  return [{ kind: "addresses", block, except: except.filter((each) => each !== undefined) }];
}

function toPort(value: unknown, path: JsonPath, mistakes: PolicyMistake[]): PolicyPort[] {
  const protocol = parseProtocol(valueAt(value, "protocol"));
  const port = valueAt(value, "port") ?? undefined;
  const end = valueAt(value, "endPort") ?? port;
  const isRange = typeof port === "number" && typeof end === "number" && end >= port;
  if (protocol !== undefined && port === undefined && end === undefined)
    return [{ protocol, first: 1, last: LAST_PORT }];
  if (protocol !== undefined && isRange) return [{ protocol, first: port, last: end }];
  if (protocol !== undefined && typeof port === "string" && end === port) return [{ protocol, name: port, path }];
  mistakes.push({
    path,
    reason: `is ${JSON.stringify(value)}, which is no port, no name of a port and no range of ports`,
    fix: "write port as a number or a name, endPort as a number from there on, protocol as TCP, UDP or SCTP",
  });
  return [];
}

function selectorAt(value: unknown, at: JsonPath, mistakes: PolicyMistake[], base: JsonPath = []): LabelSelector {
  const selector = parseSelector(valueAt(value, ...at));
  if (selector.some(({ operator }) => operator === "never")) {
    const reason = "has an operator that is none, and selects nothing";
    mistakes.push({ path: [...base, ...at], reason, fix: "use In, NotIn, Exists or DoesNotExist" });
  }
  return selector;
}

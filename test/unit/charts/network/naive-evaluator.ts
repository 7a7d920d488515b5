/**
 * A second evaluator of network policies, as slow and plain as the documentation of the API reads: raw objects, one pod,
 * one port, one protocol at a time. It shares no code with the one that it checks.
 */

/** A pod, or an address outside, in the fewest words. */
export type NaivePeer = {
  readonly namespace?: string;
  readonly namespaceLabels?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly ports?: { name: string; containerPort: number; protocol: string }[];
  /** Dotted IPv4 address of what is no pod. */
  readonly address?: string;
  /** False for what is not of the release. */
  readonly ours: boolean;
};

export type NaiveSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type NaivePolicyPeer = {
  podSelector?: NaiveSelector | undefined;
  namespaceSelector?: NaiveSelector | undefined;
  ipBlock?: { cidr: string; except?: string[] } | undefined;
};

export type NaivePort = { port?: number | string | undefined; endPort?: number | undefined; protocol?: string };

export type NaiveRule = {
  from?: NaivePolicyPeer[] | undefined;
  to?: NaivePolicyPeer[] | undefined;
  ports?: NaivePort[] | undefined;
};

export type NaivePolicy = {
  namespace: string;
  podSelector: NaiveSelector;
  policyTypes?: string[];
  ingress?: NaiveRule[] | undefined;
  egress?: NaiveRule[] | undefined;
};

/** Tells whether a connection can be opened. */
export function naivelyAllowed(
  policies: NaivePolicy[],
  from: NaivePeer,
  to: NaivePeer,
  port: number,
  protocol: string,
): boolean {
  let out = true;
  if (from.ours) {
    const mine = policies.filter(
      (p) => p.namespace === from.namespace && selects(p.podSelector, from.labels ?? {}) && isEgress(p),
    );
    if (mine.length > 0) {
      out = false;
      for (const p of mine) {
        for (const rule of p.egress ?? []) {
          if (peersMatch(rule.to, p.namespace, to) && portsMatch(rule.ports, to, port, protocol)) out = true;
        }
      }
    }
  }
  let into = true;
  if (to.ours) {
    const mine = policies.filter(
      (p) => p.namespace === to.namespace && selects(p.podSelector, to.labels ?? {}) && isIngress(p),
    );
    if (mine.length > 0) {
      into = false;
      for (const p of mine) {
        for (const rule of p.ingress ?? []) {
          if (peersMatch(rule.from, p.namespace, from) && portsMatch(rule.ports, to, port, protocol)) into = true;
        }
      }
    }
  }
  return out && into;
}

function isIngress(policy: NaivePolicy): boolean {
  return policy.policyTypes === undefined || policy.policyTypes.includes("Ingress");
}

function isEgress(policy: NaivePolicy): boolean {
  if (policy.policyTypes !== undefined) return policy.policyTypes.includes("Egress");
  return (policy.egress ?? []).length !== 0;
}

function selects(selector: NaiveSelector, labels: Record<string, string>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] !== value) return false;
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const has = key in labels;
    const isOneOf = has && values.includes(labels[key] ?? "");
    if (operator === "In" && !isOneOf) return false;
    if (operator === "NotIn" && isOneOf) return false;
    if (operator === "Exists" && !has) return false;
    if (operator === "DoesNotExist" && has) return false;
  }
  return true;
}

function peersMatch(peers: NaivePolicyPeer[] | undefined, namespace: string, other: NaivePeer): boolean {
  if (peers === undefined || peers.length === 0) return true;
  for (const peer of peers) {
    if (peer.ipBlock !== undefined) {
      const { cidr, except = [] } = peer.ipBlock;
      if (other.address === undefined) continue;
      if (inBlock(other.address, cidr) && !except.some((each) => inBlock(other.address ?? "", each))) return true;
      continue;
    }
    if (other.address !== undefined) continue;
    if (peer.namespaceSelector === undefined && other.namespace !== namespace) continue;
    if (peer.namespaceSelector !== undefined && !selects(peer.namespaceSelector, other.namespaceLabels ?? {})) continue;
    if (peer.podSelector !== undefined && !selects(peer.podSelector, other.labels ?? {})) continue;
    return true;
  }
  return false;
}

function portsMatch(ports: NaivePort[] | undefined, destination: NaivePeer, port: number, protocol: string): boolean {
  if (ports === undefined || ports.length === 0) return true;
  for (const wanted of ports) {
    if ((wanted.protocol ?? "TCP") !== protocol) continue;
    if (wanted.port === undefined) return true;
    if (typeof wanted.port === "string") {
      for (const own of destination.ports ?? []) {
        if (own.name === wanted.port && own.protocol === protocol && own.containerPort === port) return true;
      }
    } else if (port >= wanted.port && port <= (wanted.endPort ?? wanted.port)) {
      return true;
    }
  }
  return false;
}

/** Compares the leading bits, written out as text. */
function inBlock(address: string, cidr: string): boolean {
  const [base = "", length = ""] = cidr.split("/");
  return bits(address).slice(0, Number(length)) === bits(base).slice(0, Number(length));
}

function bits(address: string): string {
  return address
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
}

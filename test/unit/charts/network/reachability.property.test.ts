import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import type { Manifest } from "../../../../src/charts/manifest.ts";
import { parseBlock } from "../../../../src/charts/network/address-block.ts";
import type { Endpoint } from "../../../../src/charts/network/endpoint.ts";
import { PROTOCOLS, type Protocol } from "../../../../src/charts/network/port-space.ts";
import { computeReachability, type Reachability } from "../../../../src/charts/network/reachability.ts";
import {
  naivelyAllowed,
  type NaivePeer,
  type NaivePolicy,
  type NaivePolicyPeer,
  type NaivePort,
  type NaiveRule,
} from "./naive-evaluator.ts";
import { ADDRESSES, PORTS, randomRelease, type RandomRelease } from "./random-policies.ts";
import { renderOf } from "./release.ts";

const RELEASES = 200;

/** Pods that no release has, in namespaces that policies may or may not name. */
const STRANGERS = ["shop", "elsewhere"].flatMap((namespace): NaivePeer[] =>
  [{}, { app: "a" }, { tier: "b", role: "c" }].map((labels) => {
    return { namespace, namespaceLabels: { "kubernetes.io/metadata.name": namespace }, labels, ours: false };
  }),
);

describe("computeReachability", () => {
  it(`agrees with a plain second evaluator on ${RELEASES} random releases`, () => {
    let [compared, allowed] = [0, 0];
    for (let seed = 1; seed <= RELEASES; seed++) {
      const release = randomRelease(seed);
      const { differences, ...counts } = compare(release, reachabilityOf(release), release.policies);
      const shown = differences.length === 0 ? "" : `seed ${seed}:\n${stringify(release)}`;
      expect(differences, shown).toEqual([]);
      compared += counts.compared;
      allowed += counts.allowed;
    }
    // Both answers must be common, or agreement would mean little.
    expect(compared).toBeGreaterThan(400_000);
    expect(allowed / compared).toBeGreaterThan(0.1);
    expect(allowed / compared).toBeLessThan(0.9);
  });

  it("is told from an evaluator that forgets one thing", () => {
    const known = Array.from({ length: 30 }, (_, index) => {
      const release = randomRelease(index + 1);
      return { release, reachability: reachabilityOf(release) };
    });
    const forgetful: Record<string, (policy: NaivePolicy) => NaivePolicy> = {
      "the default of policyTypes": (policy) => ({
        ...policy,
        policyTypes: policy.policyTypes ?? ["Ingress", "Egress"],
      }),
      "matchExpressions of pods": ({ podSelector: { matchLabels = {} }, ...policy }) => ({
        ...policy,
        podSelector: { matchLabels },
      }),
      "except of a block": (policy) =>
        mapRules(policy, { peer: (peer) => (peer.ipBlock ? { ipBlock: { ...peer.ipBlock, except: [] } } : peer) }),
      "the end of a range": (policy) => mapRules(policy, { port: (port) => ({ ...port, endPort: undefined }) }),
      "names of ports": (policy) =>
        mapRules(policy, { port: (port) => (typeof port.port === "string" ? { ...port, port: 9 } : port) }),
      "the namespace of a peer": (policy) =>
        mapRules(policy, { peer: (peer) => ({ ...peer, namespaceSelector: undefined }) }),
    };
    for (const [forgotten, forget] of Object.entries(forgetful)) {
      const differing = known.filter(({ release, reachability }) => {
        return compare(release, reachability, release.policies.map(forget)).differences.length > 0;
      });
      expect(differing.length, forgotten).toBeGreaterThan(0);
    }
  });
});

/** What the evaluator says of a release, from its manifests. */
function reachabilityOf({ pods, policies }: RandomRelease): Reachability {
  const manifests = [...pods.map(toPod), ...policies.map(toPolicy)].map(toManifest);
  const outside = Object.fromEntries(
    STRANGERS.map(({ namespace, labels }, index) => [`stranger-${index}`, { namespace, pods: labels }]),
  );
  return computeReachability({ ...renderOf(), manifests }, { outside, edges: [] });
}

/** Compares both evaluators on every pair, port and protocol. */
function compare({ pods }: RandomRelease, reachability: Reachability, naivePolicies: NaivePolicy[]) {
  const peers = [...pods, ...STRANGERS, ...ADDRESSES.map((address): NaivePeer => ({ address, ours: false }))];
  const bits = PROTOCOLS.flatMap((protocol) =>
    PORTS.map((port) => ({ protocol, port, bit: bitOf(reachability, protocol, port) })),
  );
  const differences: string[] = [];
  let [compared, allowed] = [0, 0];
  const endpoints = peers.map((peer, index) => endpointFor(reachability, peer, index));
  peers.forEach((from, f) => {
    peers.forEach((to, t) => {
      if (!from.ours && !to.ours) return;
      const connection = reachability.connections.find(
        (each) => each.from === endpoints[f] && each.to === endpoints[t],
      );
      for (const { protocol, port, bit } of bits) {
        const naive = naivelyAllowed(naivePolicies, from, to, port, protocol);
        const isAllowed = (((connection?.ports ?? -1n) >> bit) & 1n) === 1n;
        compared += 1;
        if (naive) allowed += 1;
        if (naive !== isAllowed)
          differences.push(`${f} to ${t}, ${port}/${protocol}: plainly ${naive ? "allowed" : "denied"}`);
      }
    });
  });
  return { differences, compared, allowed };
}

function bitOf({ space }: Reachability, protocol: Protocol, port: number): bigint {
  const index = space.ranges.findIndex(
    (range) => range.protocol === protocol && range.first <= port && port <= range.last,
  );
  return BigInt(index);
}

/** The endpoint that a plain peer is. */
function endpointFor({ endpoints }: Reachability, peer: NaivePeer, index: number): Endpoint | undefined {
  return endpoints.find((endpoint) => {
    if (endpoint.kind === "addresses") {
      const address = peer.address === undefined ? undefined : parseBlock(`${peer.address}/32`);
      return (
        address !== undefined &&
        endpoint.range.family === 4 &&
        endpoint.range.first <= address.first &&
        address.last <= endpoint.range.last
      );
    }
    if (peer.ours) return endpoint.workload?.manifest.name === `pod-${index}`;
    const isSame =
      endpoint.namespace === peer.namespace && JSON.stringify(endpoint.labels) === JSON.stringify(peer.labels);
    return endpoint.workload === undefined && isSame && endpoint.represents.length > 0;
  });
}

function toPod({ namespace, labels, ports }: NaivePeer, index: number) {
  const metadata = { name: `pod-${index}`, namespace, labels };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "main", ports }] } };
}

function toPolicy({ namespace, ...spec }: NaivePolicy, index: number) {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `policy-${index}`, namespace },
    spec,
  };
}

/** What is read of the YAML of an object; most of the time would go into writing and reading that. */
function toManifest({ apiVersion, kind, metadata, ...rest }: ReturnType<typeof toPod | typeof toPolicy>): Manifest {
  const body: unknown = JSON.parse(JSON.stringify({ apiVersion, kind, metadata, ...rest }));
  const { name, namespace = "" } = metadata;
  const labels = "labels" in metadata ? metadata.labels : {};
  return { template: "", line: 1, apiVersion, kind, name, namespace, labels, annotations: {}, body };
}

/** Changes every peer and port of a policy. */
function mapRules(
  policy: NaivePolicy,
  {
    peer = (same) => same,
    port = (same) => same,
  }: { peer?: (peer: NaivePolicyPeer) => NaivePolicyPeer; port?: (port: NaivePort) => NaivePort },
): NaivePolicy {
  const changed = (rules: NaiveRule[] | undefined) =>
    rules?.map(({ from, to, ports }) => ({ from: from?.map(peer), to: to?.map(peer), ports: ports?.map(port) }));
  return { ...policy, ingress: changed(policy.ingress), egress: changed(policy.egress) };
}

/** Writes the objects of a network proof: namespaces, stand-ins, and three pods that show whether policies are enforced. */
import { addressContainer, PROBE_IMAGE } from "./address-container.ts";
import { ADDRESS_POD, type AddressStandIn } from "./network-addresses.ts";
import { ELSEWHERE, type StandIn } from "./network-plan.ts";
import type { Stage } from "./network-stage.ts";

/** Pods that show what a cluster makes of a policy: the client reaches the open one, and a policy closes the other. */
export const CONTROL = {
  namespace: ELSEWHERE,
  port: 8080,
  pods: { client: "slipway-control-client", open: "slipway-control-open", closed: "slipway-control-closed" },
} as const;

/** What a pod that answers is made of. */
type ProbePod = {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly listens: StandIn["listens"];
  /** Ports that policies know by a name. */
  readonly ports: StandIn["endpoint"]["ports"];
};

/** A name and its namespace. */
export type PodName = { readonly name: string; readonly namespace: string };

/** Label of the pod that the control's policy closes. */
const CLOSED = { "slipway.invalid/control": "closed" };

/**
 * A pod that has one is never Ready without it, so that no service sends a stand-in the requests of others: it carries
 * the labels that services select.
 */
const NEVER_READY = [{ conditionType: "slipway.invalid/never" }];

/** The namespaces that a stage needs; those that are there already are not touched. */
export function namespacesOf({ standIns, addresses }: Stage): string[] {
  return [...new Set([CONTROL.namespace, ...[...standIns, ...addresses].map(({ namespace }) => namespace)])];
}

/** Objects in the namespaces, as lists in JSON: all of them, and the pods alone. */
export type ProofManifests = { readonly all: string; readonly pods: string };

/** The objects of a stage. */
export function proofManifests({ standIns, addresses }: Stage): ProofManifests {
  const { namespace, port } = CONTROL;
  const controls = Object.values(CONTROL.pods).map((name) => {
    const labels = name === CONTROL.pods.closed ? CLOSED : {};
    return toPod({ name, namespace, labels, listens: [{ port, protocol: "TCP" }], ports: [] });
  });
  const own = standIns.map(({ name, namespace: place, listens, endpoint: { labels, ports } }) =>
    toPod({ name, namespace: place, labels, listens, ports }),
  );
  const pods = [...controls, ...own, ...addressPod(addresses)];
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: CONTROL.pods.closed, namespace },
    spec: { podSelector: { matchLabels: CLOSED }, policyTypes: ["Ingress"] },
  };
  return { all: listOf([policy, ...pods]), pods: listOf(pods) };
}

/** Namespaces, as a list in JSON. */
export function namespaceManifests(names: readonly string[]): string {
  return listOf(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
}

function listOf(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** One pod for all addresses, on the network of the node; policies are about pods with a network of their own. */
function addressPod(addresses: readonly AddressStandIn[]): unknown[] {
  if (addresses.length === 0) return [];
  // Several plans may have the same address.
  const listens = new Set(
    addresses.flatMap(({ address, listens: ports }) =>
      ports.map(({ port, protocol }) => `${protocol}/${address}:${port}`),
    ),
  );
  const { name, namespace } = ADDRESS_POD;
  const { spec, ...rest } = toPod({ name, namespace, labels: {}, listens: [], ports: [] });
  const containers = spec.containers.map((container) => ({ ...container, args: ["serve", name, ...listens] }));
  const initContainers = [addressContainer([...new Set(addresses.map(({ address }) => address))])];
  return [{ ...rest, spec: { ...spec, hostNetwork: true, initContainers, containers } }];
}

function toPod({ name, namespace, labels, listens, ports }: ProbePod) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      readinessGates: NEVER_READY,
      containers: [
        {
          name: "probe",
          image: PROBE_IMAGE,
          imagePullPolicy: "Never",
          args: ["serve", name, ...listens.map(({ port, protocol }) => `${protocol}/${port}`)],
          ports: ports.map((port) => ({
            containerPort: port.port,
            protocol: port.protocol,
            ...(port.name === "" ? {} : { name: port.name }),
          })),
          resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { cpu: "1", memory: "32Mi" } },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10_001,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
          },
        },
      ],
    },
  };
}

/** Writes the objects of a network proof: namespaces, stand-ins, and three pods that show whether policies are enforced. */
import { type NetworkPlan, ELSEWHERE, type StandIn } from "./network-plan.ts";

/** Image of all of these pods. */
export const PROBE_IMAGE = "slipway.invalid/network-probe:1";

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

/** The namespaces that a plan needs; those that are there already are not touched. */
export function namespacesOf({ standIns }: NetworkPlan): string[] {
  return [...new Set([CONTROL.namespace, ...standIns.map(({ namespace }) => namespace)])];
}

/** The pods of a plan. */
export function podNames({ standIns }: NetworkPlan): PodName[] {
  const control = Object.values(CONTROL.pods).map((name) => ({ name, namespace: CONTROL.namespace }));
  return [...standIns.map(({ name, namespace }) => ({ name, namespace })), ...control];
}

/** All objects in the namespaces, as one list in JSON. */
export function proofManifests({ standIns }: NetworkPlan): string {
  const pods = standIns.map(({ name, namespace, listens, endpoint: { labels, ports } }) =>
    toPod({ name, namespace, labels, listens, ports }),
  );
  const { namespace, port } = CONTROL;
  const controls = Object.values(CONTROL.pods).map((name) => {
    const labels = name === CONTROL.pods.closed ? CLOSED : {};
    return toPod({ name, namespace, labels, listens: [{ port, protocol: "TCP" }], ports: [] });
  });
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: CONTROL.pods.closed, namespace },
    spec: { podSelector: { matchLabels: CLOSED }, policyTypes: ["Ingress"] },
  };
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: [policy, ...controls, ...pods] });
}

function toPod({ name, namespace, labels, listens, ports }: ProbePod): unknown {
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

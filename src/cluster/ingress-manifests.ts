/** Writes the objects of the ingress controller that a test brings along, as a real cluster has one. */
import type { ControllerPlace, Entry } from "./ingress-plan.ts";

/** Name of all of its objects. */
export const CONTROLLER = "slipway-ingress-controller";

/** Namespace of the pods that ask from outside of every release. */
export const OUTSIDE = "slipway-outside";

/** Ports of its pods; those of its Service are the usual ones. */
const PORTS = { http: 8000, https: 8443, ping: 8080 } as const;

const SELECTOR = { "slipway.invalid/ingress-controller": "true" };

/** What says of an IngressClass that a controller which understands the annotations of NGINX serves it. */
const CONTROLLER_CLASS = "k8s.io/ingress-nginx";

const ARGUMENTS = [
  `--entrypoints.http.address=:${PORTS.http}`,
  `--entrypoints.https.address=:${PORTS.https}`,
  // Traefik asks itself under this name, and serves its own pages there.
  `--entrypoints.traefik.address=:${PORTS.ping}`,
  "--ping",
  "--providers.kubernetesingressnginx",
  "--providers.kubernetesingressnginx.watchingresswithoutclass",
  "--providers.kubernetesingressnginx.httpentrypoint=http",
  "--providers.kubernetesingressnginx.httpsentrypoint=https",
  "--log.level=INFO",
  "--global.checknewversion=false",
  "--global.sendanonymoususage=false",
];

/** What it reads: nothing else of the cluster is open to it. */
const RULES = [
  {
    apiGroups: [""],
    resources: ["configmaps", "endpoints", "namespaces", "nodes", "pods", "secrets", "services"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update", "patch"] },
];

/** Host and port under which pods of the cluster reach its Service. */
export function controllerAddress({ namespace }: ControllerPlace, scheme: "http" | "https"): string {
  return `${CONTROLLER}.${namespace}.svc:${scheme === "http" ? 80 : 443}`;
}

/** The namespaces of the controller and of who asks, as a List in JSON. */
export function outsideNamespaces({ namespace }: ControllerPlace): string {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return listOf(
    [namespace, OUTSIDE].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } })),
  );
}

/** The controller, with the labels of its place and the classes that entries name, as a List in JSON. */
export function controllerManifests(place: ControllerPlace, entries: readonly Entry[], image: string): string {
  const { namespace } = place;
  const own = { name: CONTROLLER, namespace };
  const classes = [...new Set(entries.map(({ className }) => className))].filter((name) => name !== "").sort();
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: CONTROLLER };
  const port = (name: string, number: number) => ({ name, port: number, targetPort: name });
  return listOf([
    { apiVersion: "v1", kind: "ServiceAccount", metadata: own },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: CONTROLLER }, rules: RULES },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: CONTROLLER },
      roleRef: role,
      subjects: [{ kind: "ServiceAccount", ...own }],
    },
    ...classes.map((name) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name },
      spec: { controller: CONTROLLER_CLASS },
    })),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: own,
      spec: { selector: SELECTOR, ports: [port("http", 80), port("https", 443)] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: own,
      spec: {
        selector: { matchLabels: SELECTOR },
        template: { metadata: { labels: { ...place.labels, ...SELECTOR } }, spec: podSpec(image) },
      },
    },
  ]);
}

function podSpec(image: string): unknown {
  return {
    serviceAccountName: CONTROLLER,
    terminationGracePeriodSeconds: 0,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "controller",
        image,
        imagePullPolicy: "Never",
        args: ARGUMENTS,
        ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort })),
        readinessProbe: { httpGet: { path: "/ping", port: "ping" }, periodSeconds: 1, failureThreshold: 60 },
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  };
}

function listOf(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

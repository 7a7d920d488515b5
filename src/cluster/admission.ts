/**
 * What a test cluster does to pods when they are made, as the clusters of many companies do: it lowers what they request, lets them
 * share its only node, and makes them trust an authority of its own. Charts, values and overlays are installed as they are.
 */

/** Begin of the names of the policies; name of the volume with the authority, and of its ConfigMap in each namespace. */
export const ADMISSION = "slipway-smoke-test";

/** Most that a container of a test requests; what it asks less of stays as it is. Limits are never touched. */
export const MOST_REQUESTED = { cpu: "10m", memory: "32Mi" } as const;

/** Where pods find the authority. */
export const TRUST_FOLDER = "/run/slipway-trust";
const AUTHORITY = "ca.crt";

/** Variables in which programs look for an authority: OpenSSL and Go, PostgreSQL's clients, Node. */
export const TRUST_VARIABLES: readonly string[] = ["SSL_CERT_FILE", "PGSSLROOTCERT", "NODE_EXTRA_CA_CERTS"];

/** The field of a pod's anti-affinity that the policies take. */
export const APART = "requiredDuringSchedulingIgnoredDuringExecution";

const LISTS = ["containers", "initContainers"] as const;
const RESOURCES = ["cpu", "memory"] as const;

/** Policies, and how it shows that the cluster applies them, which it does a moment after they are there. */
export type Admission = {
  /** A List in JSON, with all that the policies need. */
  readonly manifest: string;
  /** A pod that is never made, in JSON. */
  readonly probe: string;
  /** What kubectl prints of the pod, as a template of its own, and what that is once the policies have an effect. */
  readonly field: string;
  readonly expected: string;
};

/**
 * Lowers requests of all pods, and takes the rule that they must be on different nodes: that rule is proved by validate, on what is
 * rendered. Source: Kubernetes, "Mutating Admission Policy".
 */
export function smallNode(): Admission {
  const lowerings = LISTS.flatMap((list) => RESOURCES.map((resource) => lowering(list, resource)));
  const path = `object.spec.affinity.podAntiAffinity`;
  const requires = `has(object.spec.affinity) && has(${path}) && has(${path}.${APART})`;
  const taken = `[JSONPatch{op: "remove", path: "/spec/affinity/podAntiAffinity/${APART}"}]`;
  return {
    manifest: list([
      ...policy("requests", { mutations: lowerings.map(applied) }),
      ...policy("one-node", {
        matchConditions: [{ name: "keeps-apart", expression: requires }],
        mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: taken } }],
      }),
    ]),
    probe: probePod("default"),
    field: "{.spec.containers[0].resources.requests}{.spec.affinity}",
    expected: `${JSON.stringify(MOST_REQUESTED)}{"podAntiAffinity":{}}`,
  };
}

/**
 * Mounts an authority into all pods of some namespaces and names it to their programs.
 *
 * @param authority Certificate to be trusted, in PEM.
 */
export function trustedAuthority(namespaces: readonly string[], authority: string): Admission {
  const files = namespaces.map((namespace) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: ADMISSION, namespace },
    data: { [AUTHORITY]: authority },
  }));
  const own = { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: namespaces }] };
  return {
    manifest: list([...files, ...policy("trust", { mutations: [applied(trusting())] }, { namespaceSelector: own })]),
    probe: probePod(namespaces[0] ?? ""),
    field: `{.spec.volumes[?(@.name=="${ADMISSION}")].configMap.name}`,
    expected: ADMISSION,
  };
}

function list(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

function applied(expression: string): object {
  return { patchType: "ApplyConfiguration", applyConfiguration: { expression } };
}

/** A policy for pods that are made, and its binding. */
function policy(purpose: string, what: object, matchResources?: object): unknown[] {
  const name = `${ADMISSION}-${purpose}`;
  const apiVersion = "admissionregistration.k8s.io/v1";
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
  const matchConstraints = { resourceRules: [rule] };
  const spec = { failurePolicy: "Fail", reinvocationPolicy: "Never", matchConstraints, ...what };
  return [
    { apiVersion, kind: "MutatingAdmissionPolicy", metadata: { name }, spec },
    {
      ...{ apiVersion, kind: "MutatingAdmissionPolicyBinding", metadata: { name } },
      spec: { policyName: name, ...(matchResources === undefined ? {} : { matchResources }) },
    },
  ];
}

/** Gives the container that asks for more a request of as much, in the words of the policy's language. */
function lowering(list: (typeof LISTS)[number], resource: (typeof RESOURCES)[number]): string {
  const most = MOST_REQUESTED[resource];
  const asksMore = [
    "has(c.resources)",
    "has(c.resources.requests)",
    `"${resource}" in c.resources.requests`,
    `quantity(c.resources.requests["${resource}"]).isGreaterThan(quantity("${most}"))`,
  ].join(" && ");
  const type = `Object.spec.${list}`;
  const lowered = `${type}{name: c.name, resources: ${type}.resources{requests: {"${resource}": "${most}"}}}`;
  return `Object{spec: Object.spec{${list}: ${containersOf(list)}.filter(c, ${asksMore}).map(c, ${lowered})}}`;
}

function trusting(): string {
  const file = `${TRUST_FOLDER}/${AUTHORITY}`;
  const lists = LISTS.map((list) => {
    const type = `Object.spec.${list}`;
    const env = TRUST_VARIABLES.map((name) => `${type}.env{name: "${name}", value: "${file}"}`).join(", ");
    const mount = `${type}.volumeMounts{name: "${ADMISSION}", mountPath: "${TRUST_FOLDER}", readOnly: true}`;
    return `${list}: ${containersOf(list)}.map(c, ${type}{name: c.name, env: [${env}], volumeMounts: [${mount}]})`;
  });
  const volume = `Object.spec.volumes{name: "${ADMISSION}", configMap: Object.spec.volumes.configMap{name: "${ADMISSION}"}}`;
  return `Object{spec: Object.spec{${lists.join(", ")}, volumes: [${volume}]}}`;
}

function containersOf(list: (typeof LISTS)[number]): string {
  return list === "containers" ? "object.spec.containers" : "object.spec.?initContainers.orValue([])";
}

/** A pod that every policy changes, and that no namespace refuses. */
function probePod(namespace: string): string {
  const apart = [{ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "probe" } } }];
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: `${ADMISSION}-probe`, namespace } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      affinity: { podAntiAffinity: { [APART]: apart } },
      containers: [
        {
          ...{ name: "probe", image: "slipway.invalid/none" },
          resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  });
}

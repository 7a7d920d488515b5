/**
 * What a test cluster does to pods when they are made, as the clusters of many companies do: it trusts an authority of its own and asks
 * for little, so that manifests are installed as they are. Charts and values stay untouched.
 */

/** Name of the policies, and of the ConfigMap in each namespace that has the authority. */
export const ADMISSION = "slipway-smoke-test";

/** Where pods find the authority. */
export const TRUST_FOLDER = "/run/slipway-trust";
const AUTHORITY = "ca.crt";

/** Variables in which programs look for an authority: OpenSSL and Go, PostgreSQL's clients, Node. */
export const TRUST_VARIABLES: readonly string[] = ["SSL_CERT_FILE", "PGSSLROOTCERT", "NODE_EXTRA_CA_CERTS"];

/** What pods of a test ask for instead, of what they ask for at all. */
export const LITTLE = { cpu: "1m", memory: "1Mi" } as const;

const APART = "requiredDuringSchedulingIgnoredDuringExecution";

const LISTS = ["initContainers", "containers"] as const;

/**
 * Policies for the pods of some namespaces: one that lowers requests, one that lets pods share the only node which must keep apart,
 * and one that mounts the authority and names it to programs. Source: Kubernetes, "Mutating Admission Policy".
 *
 * @param authority Certificate to be trusted, in PEM; "" where there is none.
 */
export function admissionObjects(namespaces: readonly string[], authority: string): unknown[] {
  const trust = namespaces.map((namespace) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: ADMISSION, namespace },
    data: { [AUTHORITY]: authority },
  }));
  return [
    ...policy("requests", namespaces, applied(lowerRequests())),
    ...policy("one-node", namespaces, SHARE_NODE),
    ...(authority === "" ? [] : [...trust, ...policy("trust", namespaces, applied(trustAuthority()))]),
  ];
}

/** Takes the rule that pods must be on different nodes; the rule itself is proved by validate, on what is rendered. */
const SHARE_NODE = {
  matchConditions: [
    {
      name: "keeps-apart",
      expression: `has(object.spec.affinity) && has(object.spec.affinity.podAntiAffinity) && has(object.spec.affinity.podAntiAffinity.${APART})`,
    },
  ],
  mutations: [
    {
      patchType: "JSONPatch",
      jsonPatch: { expression: `[JSONPatch{op: "remove", path: "/spec/affinity/podAntiAffinity/${APART}"}]` },
    },
  ],
};

function applied(expression: string): object {
  return { mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }] };
}

function policy(purpose: string, namespaces: readonly string[], what: object): unknown[] {
  const name = `${ADMISSION}-${purpose}`;
  const apiVersion = "admissionregistration.k8s.io/v1";
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        ...what,
      },
    },
    {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: {
        policyName: name,
        matchResources: {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: namespaces }],
          },
        },
      },
    },
  ];
}

function lowerRequests(): string {
  const lists = LISTS.map((list) => {
    const resources = `Object.spec.${list}.resources{requests: {${Object.entries(LITTLE)
      .map(([name, amount]) => `"${name}": "${amount}"`)
      .join(", ")}}}`;
    const asking = `c, has(c.resources) && has(c.resources.requests)`;
    return `${list}: (has(object.spec.${list}) ? object.spec.${list} : []).filter(${asking}).map(c, Object.spec.${list}{name: c.name, resources: ${resources}})`;
  });
  return `Object{spec: Object.spec{${lists.join(", ")}}}`;
}

function trustAuthority(): string {
  const file = `${TRUST_FOLDER}/${AUTHORITY}`;
  const lists = LISTS.map((list) => {
    const env = TRUST_VARIABLES.map((name) => `Object.spec.${list}.env{name: "${name}", value: "${file}"}`);
    const mount = `Object.spec.${list}.volumeMounts{name: "${ADMISSION}", mountPath: "${TRUST_FOLDER}", readOnly: true}`;
    return `${list}: (has(object.spec.${list}) ? object.spec.${list} : []).map(c, Object.spec.${list}{name: c.name, env: [${env.join(", ")}], volumeMounts: [${mount}]})`;
  });
  const volume = `Object.spec.volumes{name: "${ADMISSION}", configMap: Object.spec.volumes.configMap{name: "${ADMISSION}"}}`;
  return `Object{spec: Object.spec{${lists.join(", ")}, volumes: [${volume}]}}`;
}

/**
 * What a test cluster does to pods when they are made, as the clusters of many companies do: it trusts an authority of its own and asks
 * for little, so that manifests are installed as they are. Charts and values stay untouched.
 */

/** Name of the policies, and of the ConfigMap in each namespace that has the authority. */
export const ADMISSION = "slipway-smoke-test";

const TRUST_FOLDER = "/run/slipway-trust";
const AUTHORITY = "ca.crt";

/** What pods of a test ask for instead, of what they ask for at all. */
const LITTLE = { cpu: "1m", memory: "1Mi" } as const;

const LISTS = ["initContainers", "containers"] as const;

/**
 * Policies for the pods of some namespaces: one that lowers requests and does nothing else, and one that mounts the
 * authority and names it to programs the way OpenSSL, Go, Python and Node read it. Source: Kubernetes, "Mutating Admission Policy".
 */
export function admissionObjects(namespaces: readonly string[], authority: string): unknown[] {
  const trust = namespaces.map((namespace) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: ADMISSION, namespace },
    data: { [AUTHORITY]: authority },
  }));
  return [
    ...trust,
    ...policy(`${ADMISSION}-requests`, namespaces, lowerRequests()),
    ...policy(`${ADMISSION}-trust`, namespaces, trustAuthority()),
  ];
}

function policy(name: string, namespaces: readonly string[], expression: string): unknown[] {
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
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
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
    const env = ["SSL_CERT_FILE", "PGSSLROOTCERT", "NODE_EXTRA_CA_CERTS"].map(
      (name) => `Object.spec.${list}.env{name: "${name}", value: "${file}"}`,
    );
    const mount = `Object.spec.${list}.volumeMounts{name: "${ADMISSION}", mountPath: "${TRUST_FOLDER}", readOnly: true}`;
    return `${list}: (has(object.spec.${list}) ? object.spec.${list} : []).map(c, Object.spec.${list}{name: c.name, env: [${env.join(", ")}], volumeMounts: [${mount}]})`;
  });
  const volume = `Object.spec.volumes{name: "${ADMISSION}", configMap: Object.spec.volumes.configMap{name: "${ADMISSION}"}}`;
  return `Object{spec: Object.spec{${lists.join(", ")}, volumes: [${volume}]}}`;
}

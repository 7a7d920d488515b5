/**
 * Lets every release fit onto a node of a test: a policy of the cluster lowers what pods request, and nothing else. Charts,
 * values and overlays are installed as they are.
 */

/** Most that a container of a test requests; what it asks less of stays as it is. Limits are never touched. */
export const MOST_REQUESTED = { cpu: "10m", memory: "32Mi" } as const;

/** Name of the policy and of its binding. */
export const SMALL_REQUESTS = "slipway-small-requests";

const LISTS = ["containers", "initContainers"] as const;
const RESOURCES = ["cpu", "memory"] as const;

/** Longest time until the cluster applies the policy, in seconds. */
const EFFECTIVE_WITHIN_SECONDS = 30;

/** The policy and its binding, as a List in JSON. */
export function smallRequests(): string {
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicy",
    metadata: { name: SMALL_REQUESTS },
    spec: {
      failurePolicy: "Fail",
      reinvocationPolicy: "Never",
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
      },
      mutations: LISTS.flatMap((list) =>
        RESOURCES.map((resource) => ({
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: lowering(list, resource) },
        })),
      ),
    },
  };
  const binding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name: SMALL_REQUESTS },
    spec: { policyName: SMALL_REQUESTS },
  };
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: [policy, binding] });
}

/** Gives the container that asks for more a request of as much, in the words of the policy's language. */
function lowering(list: (typeof LISTS)[number], resource: (typeof RESOURCES)[number]): string {
  const most = MOST_REQUESTED[resource];
  const containers = list === "containers" ? "object.spec.containers" : `object.spec.?initContainers.orValue([])`;
  const asksMore = [
    "has(c.resources)",
    "has(c.resources.requests)",
    `"${resource}" in c.resources.requests`,
    `quantity(c.resources.requests["${resource}"]).isGreaterThan(quantity("${most}"))`,
  ].join(" && ");
  const type = `Object.spec.${list}`;
  const lowered = `${type}{name: c.name, resources: ${type}.resources{requests: {"${resource}": "${most}"}}}`;
  return `Object{spec: Object.spec{${list}: ${containers}.filter(c, ${asksMore}).map(c, ${lowered})}}`;
}

// The policy has an effect a moment after it is there. A pod that is never made shows when.
const PROBE_POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "slipway-small-requests-probe", namespace: "default" },
  spec: {
    containers: [
      { name: "probe", image: "slipway.invalid/none", resources: { requests: { cpu: "1", memory: "1Gi" } } },
    ],
  },
};

/** The pod that the script asks about, in JSON. */
export const SMALL_REQUESTS_PROBE = JSON.stringify(PROBE_POD);

/** Waits until the policy lowers what a pod requests. Reads PROBE, a file. Fails with what it saw last. */
export const SMALL_REQUESTS_SCRIPT = `set -u
left=$((${EFFECTIVE_WITHIN_SECONDS} * 5))
while [ "$left" -gt 0 ]; do
  seen=$(kubectl create --dry-run=server --filename "$PROBE" --output 'jsonpath={.spec.containers[0].resources.requests}' 2>&1)
  [ "$seen" = '${JSON.stringify(MOST_REQUESTED)}' ] && exit 0
  left=$((left - 1))
  sleep 0.2
done
echo "the policy ${SMALL_REQUESTS} has no effect; a pod requests: $seen" >&2
exit 1`;

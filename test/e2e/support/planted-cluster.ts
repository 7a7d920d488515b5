/** Failures of what pods need: a place, a volume, the permission of the cluster, and of jobs. */
import type { Cause } from "../../../src/cluster/diagnosis/cause.ts";
import {
  claim,
  container,
  deployment,
  job,
  mountAt,
  type Plant,
  podSpec,
  probe,
  SERVE,
  service,
  volumeOf,
  type Json,
} from "./planted-objects.ts";

/** Failures of what pods need. */
export function clusterPlants(): readonly Plant[] {
  return [...placement(), ...admission(), ...jobs()];
}

function placement(): Plant[] {
  const app = (
    name: string,
    cause: Cause,
    says: RegExp,
    main: Json,
    spec: Json,
    others: readonly Json[] = [],
  ): Plant => {
    return {
      name,
      cause,
      object: "Deployment app",
      says,
      objects: [...others, deployment("app", podSpec(main, spec))],
    };
  };
  const main = container(SERVE);
  const big = container(SERVE, { resources: { requests: { memory: "900Gi" } } });
  const volumes = volumeOf({ persistentVolumeClaim: { claimName: "data" } });
  const mounted = container(SERVE, mountAt("/data"));
  return [
    app("too-big", "unschedulable-resources", /Insufficient memory.*node \S+ has \d+ cpu/, big, {}),
    app("no-such-node", "unschedulable-placement", /affinity\/selector/, main, { nodeSelector: { disk: "fast" } }),
    app("claim-missing", "claim-missing", /"data" not found/, mounted, { volumes }),
    {
      ...app("class-missing", "claim-not-bound", /"fast" not found/, mounted, { volumes }, [
        claim("data", { storageClassName: "fast" }),
      ]),
      object: "PersistentVolumeClaim data",
    },
    {
      ...app("class-none", "claim-not-bound", /no storage class is set/, mounted, { volumes }, [
        claim("data", { storageClassName: "" }),
      ]),
      object: "PersistentVolumeClaim data",
    },
    app("sandbox", "sandbox-failed", /no runtime for "absent"/, main, { runtimeClassName: "absent" }, [
      { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "absent" }, handler: "absent" },
    ]),
    app(
      "evicted",
      "evicted",
      /exceeds the limit/i,
      container(["fill", "/data/file", "sleep", "40", ...SERVE], {
        ...mountAt("/data"),
        readinessProbe: probe("/healthz"),
      }),
      {
        volumes: volumeOf({ emptyDir: { sizeLimit: "1Mi" } }),
      },
    ),
  ];
}

function admission(): Plant[] {
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "small" }, spec: { hard: { pods: "0" } } };
  const simple = deployment("app", podSpec(container(SERVE)));
  const match = {
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  };
  const policy = "admissionregistration.k8s.io/v1";
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "webhook" } };
  return [
    { name: "quota", cause: "quota-exceeded", object: "Deployment app", says: /small/, objects: [quota, simple] },
    {
      ...{ name: "quota-of-job", cause: "quota-exceeded", object: "Job migrate", says: /small/ },
      objects: [quota, job("migrate", podSpec(container(["exit", "0"])))],
    },
    {
      ...{
        name: "pod-security",
        cause: "denied-by-admission",
        object: "Deployment app",
        says: /PodSecurity "restricted/,
      },
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      objects: [deployment("app", podSpec(container(SERVE, { securityContext: { privileged: true } })))],
    },
    {
      ...{ name: "policy", cause: "denied-by-admission", object: "Deployment app", says: /needs an owner/ },
      objects: [
        {
          ...{ apiVersion: policy, kind: "ValidatingAdmissionPolicy", metadata: { name: "owner" } },
          spec: { matchConstraints: match, validations: [{ expression: "false", message: "needs an owner" }] },
        },
        {
          ...{ apiVersion: policy, kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "owner" } },
          spec: {
            policyName: "owner",
            validationActions: ["Deny"],
            matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "policy" } } },
          },
        },
        simple,
      ],
    },
    {
      ...{ name: "webhook", cause: "webhook-unavailable", object: "Deployment app", says: /gate\.webhook\.invalid/ },
      objects: [
        {
          ...{ apiVersion: policy, kind: "ValidatingWebhookConfiguration", metadata: { name: "gate" } },
          webhooks: [
            {
              ...{
                name: "gate.webhook.invalid",
                admissionReviewVersions: ["v1"],
                sideEffects: "None",
                namespaceSelector,
              },
              ...{ clientConfig: { service: { name: "gate", namespace: "webhook" } }, rules: match.resourceRules },
            },
          ],
        },
        simple,
      ],
    },
    {
      ...{
        name: "account-missing",
        cause: "service-account-missing",
        object: "Deployment app",
        says: /"robot" not found/,
      },
      objects: [deployment("app", podSpec(container(SERVE), { serviceAccountName: "robot" }))],
    },
  ];
}

function jobs(): Plant[] {
  const fails = podSpec(container(["print", "no table runs", "exit", "5"]));
  const hook = { "helm.sh/hook": "pre-install" };
  return [
    {
      ...{ name: "job", cause: "job-failed", object: "Job migrate", says: /BackoffLimitExceeded.*no table runs/ },
      objects: [job("migrate", fails)],
    },
    {
      ...{ name: "job-late", cause: "job-failed", object: "Job migrate", says: /DeadlineExceeded.*working/ },
      objects: [
        job("migrate", podSpec(container(["print", "working", "sleep", "600"])), { activeDeadlineSeconds: 20 }),
      ],
    },
    {
      ...{ name: "hook", cause: "hook-failed", object: "Job migrate", says: /no table runs/ },
      objects: [job("migrate", fails, {}, hook)],
    },
    {
      ...{ name: "job-follows", cause: "crash-loop", object: "Deployment database", says: /no disk.*Job migrate/ },
      objects: [
        service("database", 5432),
        deployment("database", podSpec(container(["print", "no disk to keep data on", "exit", "1"]))),
        job("migrate", podSpec(container(["sleep", "3", "dial", "database:5432"]))),
      ],
    },
    {
      ...{
        name: "api-follows",
        cause: "config-missing",
        object: "StatefulSet database",
        says: /"database".*Deployment api/,
      },
      objects: [
        service("database", 5432),
        {
          ...{ apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "database" } },
          spec: {
            ...{ serviceName: "database", selector: { matchLabels: { app: "database" } } },
            template: {
              metadata: { labels: { app: "database" } },
              spec: podSpec(container(["listen", "5432"], { envFrom: [{ secretRef: { name: "database" } }] })),
            },
          },
        },
        deployment(
          "api",
          podSpec(container(["dial", "database:5432", ...SERVE], { readinessProbe: probe("/healthz") })),
        ),
      ],
    },
  ];
}

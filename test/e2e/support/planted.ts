/** Failures that are planted in a real cluster, each in a namespace of its own, and what must be said of each. */
import { textAt } from "../../../src/charts/json.ts";
import type { Cause } from "../../../src/cluster/diagnosis/cause.ts";
import type { Wanted } from "../../../src/cluster/diagnosis/progress.ts";

/** Image that no registry has. */
export const PLANTED = "registry.invalid/planted:sha-1";

/** Any JSON object of a manifest. */
type Json = Readonly<Record<string, unknown>>;

/** A failure, or a slow start, in a namespace of its own. */
export type Plant = {
  /** Name of the namespace. */
  readonly name: string;
  /** What must be named first; nothing where everything comes up by itself. */
  readonly cause: Cause | undefined;
  /** Object that must be named first. */
  readonly object: string;
  /** What the line must say besides. */
  readonly says: RegExp;
  readonly labels?: Readonly<Record<string, string>>;
  readonly objects: readonly Json[];
};

const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 10001,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** A container of the planted program. */
function container(args: readonly string[], more: Json = {}): Json {
  const base = { name: "main", image: PLANTED, imagePullPolicy: "Never", securityContext: RESTRICTED };
  return { ...base, args, ...more };
}

function podSpec(main: Json, more: Json = {}): Json {
  return { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [main], ...more };
}

function deployment(name: string, spec: Json, more: Json = {}): Json {
  const labels = { app: name };
  const template = { metadata: { labels }, spec };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template, ...more },
  };
}

function job(name: string, spec: Json, more: Json = {}, annotations: Json = {}): Json {
  const template = { spec: { restartPolicy: "Never", ...spec } };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, annotations },
    spec: { backoffLimit: 0, template, ...more },
  };
}

function service(name: string, port: number): Json {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port }] },
  };
}

function claim(name: string, more: Json): Json {
  const resources = { requests: { storage: "16Mi" } };
  const spec = { accessModes: ["ReadWriteOnce"], resources, ...more };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec };
}

const volumeOf = (source: Json) => [{ name: "data", ...source }];
const mountAt = (mountPath: string) => ({ volumeMounts: [{ name: "data", mountPath }] });
const probe = (path: string, more: Json = {}) => ({ httpGet: { path, port: 8080 }, periodSeconds: 1, ...more });
const SERVE = ["serve", "8080"];

function images(): Plant[] {
  const app = (name: string, more: Json) => deployment(name, podSpec(container(SERVE, more)));
  return [
    {
      ...{ name: "image-never-pulled", cause: "image-missing", object: "Deployment app", says: /absent:sha-1/ },
      objects: [app("app", { image: "registry.invalid/absent:sha-1" })],
    },
    {
      ...{ name: "image-not-pulled", cause: "image-missing", object: "Deployment app", says: /absent:sha-2/ },
      objects: [app("app", { image: "registry.invalid/absent:sha-2", imagePullPolicy: "Always" })],
    },
    {
      ...{ name: "image-name-invalid", cause: "image-missing", object: "Deployment app", says: /InvalidImageName/ },
      objects: [app("app", { image: "Registry.invalid/UPPER CASE" })],
    },
  ];
}

function configuration(): Plant[] {
  const from = (source: Json) => ({ env: [{ name: "SETTING", valueFrom: source }] });
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { other: "1" } };
  const app = (more: Json, spec: Json = {}) => deployment("app", podSpec(container(SERVE, more), spec));
  return [
    {
      ...{ name: "secret-missing", cause: "config-missing", object: "Deployment app", says: /secret "credentials"/ },
      objects: [app(from({ secretKeyRef: { name: "credentials", key: "password" } }))],
    },
    {
      ...{
        name: "config-map-missing",
        cause: "config-missing",
        object: "Deployment app",
        says: /"settings" not found/,
      },
      objects: [app({ envFrom: [{ configMapRef: { name: "settings" } }] })],
    },
    {
      ...{ name: "config-key-missing", cause: "config-missing", object: "Deployment app", says: /key absent/ },
      objects: [map, app(from({ configMapKeyRef: { name: "settings", key: "absent" } }))],
    },
    {
      ...{ name: "volume-missing", cause: "volume-not-mounted", object: "Deployment app", says: /"certificates"/ },
      objects: [app(mountAt("/data"), { volumes: volumeOf({ secret: { secretName: "certificates" } }) })],
    },
    {
      ...{ name: "runs-as-root", cause: "user-refused", object: "Deployment app", says: /root/ },
      objects: [app({ securityContext: { runAsNonRoot: true } })],
    },
  ];
}

function starts(): Plant[] {
  const app = (name: string, cause: Cause, says: RegExp, main: Json): Plant => {
    return { name, cause, object: "Deployment app", says, objects: [deployment("app", podSpec(main))] };
  };
  const crash = ["print", "SETTING_X is required and not set", "exit", "3"];
  return [
    app("program-missing", "cannot-start", /\/absent/, container([], { command: ["/absent"] })),
    app("program-not-executable", "cannot-start", /permission denied/, container([], { command: ["/not-executable"] })),
    app("program-of-other-machine", "cannot-start", /exec format error/, container([], { command: ["/no-program"] })),
    app("crash", "crash-loop", /exit code 3.*SETTING_X is required/, container(crash)),
    app("ends-well", "crash-loop", /exit code 0.*all done/, container(["print", "all done", "exit", "0"])),
    app(
      ...(["read-only", "read-only-file-system", /read-only file system/] as const),
      container(["write", "/state"], { securityContext: { ...RESTRICTED, readOnlyRootFilesystem: true } }),
    ),
    app("not-permitted", "permission-denied", /open \/state: permission denied/, container(["write", "/state"])),
    app(
      ...(["out-of-memory", "out-of-memory", /24Mi/] as const),
      container(["sleep", "1", "eat", "4"], { resources: { limits: { memory: "24Mi" } } }),
    ),
    app(...(["no-such-host", "crash-loop", /no Service.*database/] as const), container(["dial", "database:5432"])),
    app(
      ...(["post-start", "lifecycle-hook-failed", /PostStart/] as const),
      container(SERVE, { lifecycle: { postStart: { exec: { command: ["/planted", "exit", "4"] } } } }),
    ),
    {
      ...{ name: "init", cause: "init-failed", object: "Deployment app", says: /prepare.*no plan given/ },
      objects: [
        deployment(
          "app",
          podSpec(container(SERVE), {
            initContainers: [container(["print", "no plan given", "exit", "2"], { name: "prepare" })],
          }),
        ),
      ],
    },
  ];
}

function probes(): Plant[] {
  const app = (name: string, cause: Cause, says: RegExp, more: Json): Plant => {
    return {
      name,
      cause,
      object: "Deployment app",
      says,
      objects: [deployment("app", podSpec(container(SERVE, more)))],
    };
  };
  const wrongPort = { httpGet: { path: "/healthz", port: 9090 }, periodSeconds: 1 };
  return [
    app("readiness-path", "readiness-probe-failed", /404/, { readinessProbe: probe("/ready") }),
    app("readiness-refused", "readiness-probe-failed", /9090.*connection refused/, {
      ...{ ports: [{ containerPort: 8080 }], readinessProbe: wrongPort },
    }),
    app("liveness", "liveness-probe-failed", /404/, { livenessProbe: probe("/alive") }),
    app("startup", "startup-probe-failed", /404/, {
      startupProbe: probe("/started"),
      readinessProbe: probe("/healthz"),
    }),
    {
      ...{ name: "rollout", cause: "rollout-overdue", object: "Deployment app", says: /503/ },
      objects: [
        deployment("app", podSpec(container(SERVE, { readinessProbe: probe("/unready") })), {
          progressDeadlineSeconds: 8,
        }),
      ],
    },
  ];
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
        job("migrate", podSpec(container(["print", "working", "sleep", "600"])), { activeDeadlineSeconds: 10 }),
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
        deployment("api", podSpec(container(["dial", "database:5432", ...SERVE]))),
      ],
    },
  ];
}

/** What comes up by itself, though it does not look like it at first. */
export const SLOW_STARTS: readonly Plant[] = [
  {
    ...{ name: "slow-start", cause: undefined, object: "", says: /^/ },
    objects: [deployment("app", podSpec(container(["sleep", "25", ...SERVE], { readinessProbe: probe("/healthz") })))],
  },
  {
    ...{ name: "slow-database", cause: undefined, object: "", says: /^/ },
    objects: [
      service("database", 5432),
      deployment(
        "database",
        podSpec(
          container(["sleep", "20", "listen", "5432"], {
            readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
          }),
        ),
      ),
      deployment("api", podSpec(container(["dial", "database:5432", ...SERVE], { readinessProbe: probe("/healthz") }))),
      job("migrate", podSpec(container(["await", "database:5432", "exit", "0"]))),
    ],
  },
  {
    ...{ name: "second-attempt", cause: undefined, object: "", says: /^/ },
    objects: [
      claim("data", {}),
      job(
        "migrate",
        podSpec(container(["once", "/data/tried", "exit", "0"], mountAt("/data")), {
          securityContext: { fsGroup: 10001 },
          volumes: volumeOf({ persistentVolumeClaim: { claimName: "data" } }),
        }),
        { backoffLimit: 2 },
      ),
    ],
  },
];

/** What takes too long, or touches the whole cluster, for a test of all the others. */
export const EXTRA: readonly Plant[] = [
  {
    ...{ name: "crash-beside", cause: "crash-loop", object: "Deployment app", says: /exit code 7 4 times/ },
    objects: [
      deployment("app", podSpec(container(["print", "good bye", "exit", "7"]))),
      deployment("other", podSpec(container(["sleep", "80", ...SERVE], { readinessProbe: probe("/healthz") }))),
    ],
  },
  {
    ...{
      name: "tainted",
      cause: "unschedulable-taint",
      object: "Deployment app",
      says: /has the taint dedicated=other:NoSchedule/,
    },
    objects: [deployment("app", podSpec(container(SERVE)))],
  },
];

/** What fails, and will not mend itself. */
export const PLANTS: readonly Plant[] = [
  ...images(),
  ...configuration(),
  ...starts(),
  ...probes(),
  ...placement(),
  ...admission(),
  ...jobs(),
];

/** Objects that have no namespace, and that the cluster needs some seconds to heed. */
const CLUSTER_WIDE = /^(RuntimeClass|Validating.*)$/;

/** Namespaces of plants and what must be there before them, as one list. */
export function groundOf(plants: readonly Plant[]): string {
  const namespaces = plants.map(({ name, labels = {} }) => ({
    ...{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } },
  }));
  return listOf([...namespaces, ...plants.flatMap(({ objects }) => objects.filter(isClusterWide))]);
}

/** The objects of plants as one list. */
export function manifestOf(plants: readonly Plant[]): string {
  return listOf(
    plants.flatMap(({ name, objects }) =>
      objects
        .filter((object) => !isClusterWide(object))
        .map((object) => ({ ...object, metadata: { ...metadataOf(object), namespace: name } })),
    ),
  );
}

/** What of a plant has to be ready. */
export function wantedOf({ name: namespace, objects }: Plant): Wanted[] {
  return objects
    .map((object) => ({ namespace, kind: textAt(object, "kind"), name: textAt(object, "metadata", "name") }))
    .filter(({ kind }) => ["Deployment", "StatefulSet", "Job"].includes(kind));
}

function isClusterWide(object: Json): boolean {
  return CLUSTER_WIDE.test(textAt(object, "kind"));
}

function listOf(items: readonly Json[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

function metadataOf(object: Json): Json {
  const { metadata } = object;
  return typeof metadata === "object" ? { ...metadata } : {};
}

/** Failures of pods: images, settings, programs that do not run, and probes. */
import type { Cause } from "../../../src/cluster/diagnosis/cause.ts";
import {
  container,
  deployment,
  mountAt,
  type Plant,
  podSpec,
  probe,
  RESTRICTED,
  SERVE,
  volumeOf,
  type Json,
} from "./planted-objects.ts";

/** Failures of pods. */
export function podPlants(): readonly Plant[] {
  return [...images(), ...configuration(), ...starts(), ...probes()];
}

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
      container(["eat", "4", ...SERVE], {
        resources: { limits: { memory: "24Mi" } },
        readinessProbe: probe("/healthz"),
      }),
    ),
    app(
      ...(["no-such-host", "crash-loop", /no Service.*database/] as const),
      container(["dial", "database:5432"], { readinessProbe: probe("/healthz") }),
    ),
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

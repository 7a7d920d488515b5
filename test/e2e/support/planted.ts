/** Failures that are planted in a real cluster, each in a namespace of its own, and what must be said of each. */
import { textAt } from "../../../src/charts/json.ts";
import type { Wanted } from "../../../src/cluster/diagnosis/progress.ts";
import { clusterPlants } from "./planted-cluster.ts";
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
import { podPlants } from "./planted-pods.ts";

export { PLANTED, type Plant } from "./planted-objects.ts";

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
export const PLANTS: readonly Plant[] = [...podPlants(), ...clusterPlants()];

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

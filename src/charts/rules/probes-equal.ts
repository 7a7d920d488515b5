/** Compares two probes as the kubelet sees them: with the defaults filled in and names of ports resolved. */
import { isDeepStrictEqual } from "node:util";

import { entriesAt, valueAt } from "../json.ts";
import { declaredPorts } from "../network/release-pods.ts";

/** The probes of a container. */
export const PROBES = ["startupProbe", "readinessProbe", "livenessProbe"] as const;

/** One of the probes of a container. */
export type ProbeName = (typeof PROBES)[number];

const DEFAULTS = {
  initialDelaySeconds: 0,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};
const HTTP_DEFAULTS = { path: "/", scheme: "HTTP" };

/** Tells whether the readiness and the liveness probe of a container are one and the same. */
export function isSameProbe(container: unknown): boolean {
  return isDeepStrictEqual(normalised(container, "readinessProbe"), normalised(container, "livenessProbe"));
}

function normalised(container: unknown, probe: ProbeName): Record<string, unknown> {
  const fields = entriesAt(container, probe).map(([key, value]): [string, unknown] => {
    const defaults = key === "httpGet" ? HTTP_DEFAULTS : {};
    const isHandler = typeof value === "object" && value !== null && !Array.isArray(value);
    return [key, isHandler ? { ...defaults, ...value, port: portNumber(container, valueAt(value, "port")) } : value];
  });
  return { ...DEFAULTS, ...Object.fromEntries(fields) };
}

function portNumber(container: unknown, port: unknown): unknown {
  return declaredPorts(container).find(({ name }) => name !== "" && name === port)?.port ?? port;
}

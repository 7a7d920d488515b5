/** Turns the checks that come from outside into pods that ask: by host name, through the controller or past it. */
import { ENTRY, type RequestCheck, type RequestSpec } from "../platform/check-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { askingPod, type CheckPod } from "./check-run.ts";
import { controllerAddress, OUTSIDE } from "./ingress-manifests.ts";
import { type EnteredRelease, type Entry, entryChecks, type IngressPlan } from "./ingress-plan.ts";

/** A way in that there is. */
export type WayIn = Exclude<IngressPlan, { readonly kind: "none" }>;

/** Pods that ask from outside, and for whose chart. */
export type EntryPod = { readonly chart: string; readonly pod: CheckPod };

/** Chart under which checks of the controller itself are reported. */
export const NO_CHART = "(cluster)";

/** A host that no Ingress can name, since it is reserved. */
const UNKNOWN_HOST = "nobody.slipway.invalid";

/** Longest time that a controller may take to learn of an entry, in seconds. */
const LEARN_WITHIN_SECONDS = 30;

const PERMANENT_REDIRECT = 308;
const NOT_FOUND = 404;

/**
 * Makes a pod for each chart that is asked from outside, and one that asks for a host which there is not.
 *
 * @param trusted Certificates of the entries, in PEM.
 */
export function entryPods(
  way: WayIn,
  releases: readonly EnteredRelease[],
  environment: Environment,
  trusted: string,
): EntryPod[] {
  const pods = releases.flatMap(({ spec }): EntryPod[] => {
    const entry = way.entries.find(({ chart }) => chart === spec.name);
    const checks = entryChecks(spec, environment);
    if (entry === undefined || checks.length === 0) return [];
    const asked = checks.map(({ name, ingress }): RequestCheck => ({
      name,
      from: "",
      requests: ingress.map((request) => atEntry(request, entry, way)),
    }));
    return [{ chart: spec.name, pod: podOf(way, spec.name, [...asked, ...redirects(way, entry)], entry, trusted) }];
  });
  if (way.kind === "service" || way.entries[0] === undefined) return pods;
  const unknown = { ...GET, request: `GET http://${UNKNOWN_HOST}/`, status: NOT_FOUND };
  const check = { name: "a host that no Ingress names is not found", from: "", requests: [unknown] };
  return [...pods, { chart: NO_CHART, pod: podOf(way, "nobody", [check], way.entries[0], "") }];
}

const GET: Omit<RequestSpec, "request" | "status"> = {
  headers: {},
  json: {},
  answerHeaders: {},
  keep: {},
  within: LEARN_WITHIN_SECONDS,
};

/** Past the controller nothing speaks TLS. */
function atEntry(request: RequestSpec, { host, secret }: Entry, { kind }: WayIn): RequestSpec {
  const address = `${kind === "controller" && secret !== "" ? "https" : "http"}://${host}`;
  const filled = (text: string) => text.replaceAll(`{${ENTRY}}`, address);
  const mapped = <Value>(map: Readonly<Record<string, Value>>, fill: (value: Value) => Value) =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, fill(value)]));
  return {
    ...request,
    request: filled(request.request),
    headers: mapped(request.headers, filled),
    answerHeaders: mapped(request.answerHeaders, (value) => (value === false ? value : filled(value))),
    ...(request.contains === undefined ? {} : { contains: filled(request.contains) }),
    within: Math.max(request.within, LEARN_WITHIN_SECONDS),
  };
}

function redirects({ kind }: WayIn, { host, redirects: isSentOn }: Entry): RequestCheck[] {
  if (kind === "service" || !isSentOn) return [];
  const answerHeaders = { Location: `https://${host}/` };
  const request = { ...GET, request: `GET http://${host}/`, status: PERMANENT_REDIRECT, answerHeaders };
  return [{ name: "plain HTTP is sent on to TLS", from: "", requests: [request] }];
}

/** Past the controller, who asks stands in its namespace with its labels, so that it may do what the controller may. */
function podOf(
  way: WayIn,
  chart: string,
  checks: readonly RequestCheck[],
  { service, namespace: at, port }: Entry,
  trusted: string,
): CheckPod {
  const name = `slipway-check-entry-${chart}`;
  const isThrough = way.kind === "controller";
  const namespace = isThrough ? OUTSIDE : way.place.namespace;
  const labels = isThrough ? {} : way.place.labels;
  const environment = {
    VIA_HTTP: isThrough ? controllerAddress(way.place, "http") : `${service}.${at}.svc:${port}`,
    ...(isThrough ? { VIA_HTTPS: controllerAddress(way.place, "https"), TRUSTED: trusted } : {}),
  };
  return { name, namespace, checks, manifest: askingPod({ name, namespace, labels, checks, environment }) };
}

/** Decides how checks come into the cluster from outside: through an ingress controller, or past it to the Service. */
import { itemsAt, textAt, valueAt } from "../charts/json.ts";
import type { Manifest } from "../charts/manifest.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type EntryCheck, INGRESS_CONTROLLER } from "../platform/check-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { PipelineError } from "../report/errors.ts";
import { nodeImageName } from "./side-load.ts";

/** Name of the ingress controller's image in the lock. */
export const CONTROLLER_IMAGE = "traefik";

/** A host name that an Ingress of a release sends to a Service. */
export type Entry = {
  readonly chart: string;
  readonly namespace: string;
  readonly host: string;
  /** Class of the Ingress; "" where it names none. */
  readonly className: string;
  /** Secret with the certificate; "" where the host is served without TLS. */
  readonly secret: string;
  /** True where plain HTTP is sent on to TLS, as the NGINX controller does unless an annotation says otherwise. */
  readonly redirects: boolean;
  /** Service and the number of its port. */
  readonly service: string;
  readonly port: number;
};

/** Pods of the ingress controller, as network policies know them. */
export type ControllerPlace = { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };

/** How the checks of an environment come in. */
export type IngressPlan =
  | { readonly kind: "none" }
  | {
      readonly kind: "controller" | "service";
      readonly place: ControllerPlace;
      /** All entries, of charts whose checks come through none too. */
      readonly entries: readonly Entry[];
      /** Reference of the controller's image, as the lock has it; "" past it. */
      readonly reference: string;
      /** Name of that image on the node. */
      readonly image: string;
    };

/** A release as far as entries go. */
export type EnteredRelease = { readonly spec: ChartSpec; readonly manifests: readonly Manifest[] };

/** Checks come through an entry that there is not, or nobody can say where the controller is. */
export class NoEntryError extends PipelineError {
  override readonly name = "NoEntryError";
  constructor(problem: string, nextStep: string) {
    super("config", problem, nextStep);
  }
}

/** Plans the way in for the checks of releases. Throws NoEntryError. */
export function planIngress(
  releases: readonly EnteredRelease[],
  environment: Environment,
  lock: ImageLock,
): IngressPlan {
  const asking = releases.filter(({ spec }) => entryChecks(spec, environment).length > 0);
  if (asking.length === 0) return { kind: "none" };
  for (const { spec, manifests } of asking) {
    if (entriesOf({ spec, manifests }).length > 0) continue;
    throw new NoEntryError(
      `a check of the chart ${spec.name} comes in through its Ingress, and ${environment} renders none with a host`,
      "enable the Ingress in that overlay, or name the environments of the check that have one",
    );
  }
  const entries = releases.flatMap(entriesOf);
  const reference = lock[CONTROLLER_IMAGE]?.reference ?? "";
  return {
    kind: reference === "" ? "service" : "controller",
    place: placeOf(asking.map(({ spec }) => spec)),
    ...{ entries, reference, image: reference === "" ? "" : nodeImageName(reference) },
  };
}

/** Checks of a chart that come from outside in an environment. */
export function entryChecks({ checks }: ChartSpec, environment: Environment): EntryCheck[] {
  return checks
    .filter((check): check is EntryCheck => "ingress" in check)
    .filter(({ environments }) => environments?.includes(environment) ?? true);
}

/** What a run says about the way in; nothing where no check took one. */
export function ingressNotes(plan: IngressPlan): string[] {
  if (plan.kind === "none") return [];
  const { namespace } = plan.place;
  return plan.kind === "controller"
    ? [`entries: checks from outside came through ${plan.image} in the namespace ${namespace}, by host name`]
    : [
        `entries: not proved: the image lock has no ${CONTROLLER_IMAGE}, so checks from outside asked the Services from the namespace ${namespace}`,
      ];
}

/** Every host of a release's Ingresses. */
function entriesOf({ spec, manifests }: EnteredRelease): Entry[] {
  const isIngress = ({ kind, apiVersion }: Manifest) =>
    kind === "Ingress" && apiVersion.startsWith("networking.k8s.io/");
  return manifests.filter(isIngress).flatMap(({ body, annotations }) => {
    const secrets = new Map(
      itemsAt(body, "spec", "tls").flatMap((tls) =>
        itemsAt(tls, "hosts").map((host) => [host, textAt(tls, "secretName")] as const),
      ),
    );
    const redirects = annotations["nginx.ingress.kubernetes.io/ssl-redirect"] !== "false";
    return itemsAt(body, "spec", "rules").flatMap((rule) => {
      const host = textAt(rule, "host");
      const backend = valueAt(itemsAt(rule, "http", "paths")[0], "backend", "service");
      const service = textAt(backend, "name");
      const secret = secrets.get(host) ?? "";
      if (host === "" || service === "") return [];
      return [
        {
          ...{ chart: spec.name, namespace: spec.namespace, host, secret, service },
          className: textAt(body, "spec", "ingressClassName"),
          redirects: secret !== "" && redirects,
          port: servicePort(manifests, service, valueAt(backend, "port")),
        },
      ];
    });
  });
}

function servicePort(manifests: readonly Manifest[], service: string, port: unknown): number {
  const number = valueAt(port, "number");
  if (typeof number === "number") return number;
  const found = manifests.find(({ kind, name }) => kind === "Service" && name === service);
  const named = itemsAt(found?.body, "spec", "ports").find((each) => textAt(each, "name") === textAt(port, "name"));
  const wanted = valueAt(named, "port");
  return typeof wanted === "number" ? wanted : 80;
}

/** One controller serves all charts of a cluster, so that they must agree on where it is. */
function placeOf(charts: readonly ChartSpec[]): ControllerPlace {
  const places = charts.map(({ name, network }) => {
    const { namespace, pods = {} } = network?.outside[INGRESS_CONTROLLER] ?? {};
    if (namespace !== undefined) return { namespace, labels: pods };
    throw new NoEntryError(
      `a check of the chart ${name} comes in through the ingress controller, and its network does not say where that is`,
      `name its namespace under outside: ${INGRESS_CONTROLLER}`,
    );
  });
  const [first, ...others] = places;
  const other = others.find((place) => JSON.stringify(place) !== JSON.stringify(first));
  if (first === undefined || other !== undefined) {
    const all = [...new Set(places.map(({ namespace, labels }) => `${namespace} ${JSON.stringify(labels)}`))];
    throw new NoEntryError(
      `charts do not agree on where the ingress controller is: ${all.join(", ")}`,
      `give outside: ${INGRESS_CONTROLLER} the same namespace and pods in all of them`,
    );
  }
  return first;
}

/** Writes the objects of what stands for services outside: a pod on the network of the node for each, and its files. */
import { addressContainer } from "./address-container.ts";
import type { External } from "./externals-plan.ts";

/** Namespace of everything that stands for services outside. */
export const EXTERNALS_NAMESPACE = "slipway-externals";

/** A certificate and its key, in PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string };

/** What a service gets besides what the platform file says. */
export type ExternalFiles = {
  /** Variables with their values. */
  readonly env: Readonly<Record<string, string>>;
  readonly pair: KeyPair;
  readonly authority: string;
  /** Name of its image as the node knows it. */
  readonly image: string;
};

const TLS_FOLDER = "/run/external-tls";

/**
 * The Secret and the pod of one service, as JSON objects. Its address is added to the node by a container that runs before;
 * what it answers on is reached as anything outside the cluster is: by the node's network, beyond every service.
 */
export function externalObjects(external: External, files: ExternalFiles): unknown[] {
  const { name } = external;
  const metadata = { name, namespace: EXTERNALS_NAMESPACE };
  const { certificate, key } = files.pair;
  const tls = { "tls.crt": certificate, "tls.key": key, "ca.crt": files.authority };
  return [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: files.env },
    { apiVersion: "v1", kind: "Secret", metadata: { ...metadata, name: `${name}-tls` }, stringData: tls },
    { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec(external, files.image) },
  ];
}

function podSpec({ name, spec, address }: External, image: string): unknown {
  const { args, user, data, port } = spec;
  const filled = args.map((text) => text.replaceAll("{address}", address).replaceAll("{tls}", TLS_FOLDER));
  const folders = ["/tmp", ...(data === undefined ? [] : [data])];
  return {
    hostNetwork: true,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsUser: user, runAsGroup: user, fsGroup: user, seccompProfile: { type: "RuntimeDefault" } },
    initContainers: [addressContainer([address])],
    containers: [
      {
        name: "service",
        image,
        imagePullPolicy: "Never",
        ...(filled.length === 0 ? {} : { args: filled }),
        envFrom: [{ secretRef: { name } }],
        startupProbe: { tcpSocket: { host: address, port }, periodSeconds: 1, failureThreshold: 120 },
        securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [
          { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
          ...folders.map((mountPath, index) => ({ name: "scratch", mountPath, subPath: String(index) })),
        ],
      },
    ],
    volumes: [
      { name: "tls", secret: { secretName: `${name}-tls`, defaultMode: 0o440 } },
      { name: "scratch", emptyDir: {} },
    ],
  };
}

/** Fills `{address}`, `{tls}` and `{environment}` into a variable. */
export function fillVariable(text: string, { address }: External, environment: string): string {
  return text.replaceAll("{address}", address).replaceAll("{tls}", TLS_FOLDER).replaceAll("{environment}", environment);
}

/** Lines of a hosts file for the name service of the cluster. */
export function hostLines(externals: readonly External[]): string[] {
  return externals.map(({ address, host }) => `${address} ${host}`);
}

/** The container that gives a node further addresses. */

/** Image of the program that does it, and that tries connections. */
export const PROBE_IMAGE = "slipway.invalid/network-probe:1";

/** Adds addresses to the node's loopback interface; for pods on its network. */
export function addressContainer(addresses: readonly string[]): unknown {
  return {
    name: "address",
    image: PROBE_IMAGE,
    imagePullPolicy: "Never",
    args: ["address", ...addresses],
    securityContext: {
      runAsUser: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
    },
  };
}

/** What the base `k3s` is made of, each at an exact version; the Go ones are those of program/go.mod and metrics-server/go.mod. */

/** Kubernetes: control plane, kubelet, kube-proxy and kubectl. */
export const KUBERNETES_VERSION = "1.36.3";

/** Container runtime and its shim. */
export const CONTAINERD_VERSION = "2.3.7";

/** Name service of the cluster; also the tag of the image that the cluster runs it from. */
export const COREDNS_VERSION = "1.14.6";

/** Metrics of nodes and pods, for `kubectl top` and autoscalers; also the tag of the image that the cluster runs it from. */
export const METRICS_SERVER_VERSION = "0.9.0";

/** Tag of the image that holds the namespaces of a pod, as k3s names it. */
export const PAUSE_VERSION = "3.6";

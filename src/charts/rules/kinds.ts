/** What is known of the kinds of Kubernetes itself: their API groups, and which of them live in no namespace. */
import type { Manifest } from "../manifest.ts";

// Source: the API groups of Kubernetes 1.36, kubernetes/kubernetes:pkg/controlplane/apiserver.
const BUILT_IN_GROUPS = new Set([
  ...["", "apps", "autoscaling", "batch", "extensions", "policy"],
  ...["admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io"],
  ...["authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"],
  ...["flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io"],
  ...["resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io"],
]);

const CLUSTER_SCOPED = new Set([
  ...["Namespace", "Node", "PersistentVolume", "ComponentStatus"],
  ...["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService"],
  ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
  ...["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"],
  ...["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
  ...["CertificateSigningRequest", "ClusterTrustBundle", "FlowSchema", "PriorityLevelConfiguration"],
  ...["IngressClass", "IPAddress", "ServiceCIDR", "RuntimeClass", "PriorityClass"],
  ...["StorageClass", "CSIDriver", "CSINode", "VolumeAttachment", "VolumeAttributesClass", "StorageVersionMigration"],
  ...["DeviceClass", "ResourceSlice", "DeviceTaintRule"],
  ...["SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "TokenReview", "SelfSubjectReview"],
]);

// Custom resources whose scope their name does not tell; those named Cluster... are cluster-scoped by custom.
const CLUSTER_SCOPED_CUSTOM = new Set(["GatewayClass", "CiliumNode", "Provider", "CompositeResourceDefinition"]);

/** Where an object lives; unknown for a custom resource that looks cluster-scoped by its name alone. */
export type Scope = "namespaced" | "cluster" | "unknown";

/** The API group of an object; "" for the core group. */
export function groupOf({ apiVersion }: Pick<Manifest, "apiVersion">): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** True for a kind of Kubernetes itself, false for a custom resource. */
export function isBuiltIn(manifest: Manifest): boolean {
  return BUILT_IN_GROUPS.has(groupOf(manifest));
}

/** Where an object lives. */
export function scopeOf(manifest: Manifest): Scope {
  const { kind } = manifest;
  if (isBuiltIn(manifest)) return CLUSTER_SCOPED.has(kind) ? "cluster" : "namespaced";
  if (CLUSTER_SCOPED_CUSTOM.has(kind)) return "cluster";
  return /^Cluster[A-Z]/.test(kind) ? "unknown" : "namespaced";
}

/** Decides which images a node needs for a release, and proves afterwards that it ran no other. */
import { itemsAt, textAt } from "../charts/json.ts";
import { objectName } from "../charts/manifest.ts";
import { containersOf, workloadsOf } from "../charts/workload.ts";
import type { Manifest } from "../charts/manifest.ts";
import { PipelineError } from "../report/errors.ts";

/** An image that a pod names, and who names it. */
export type NamedImage = {
  /** The text in the manifest. */
  readonly name: string;
  /** Object and container, for example `Deployment shop/api, container api`. */
  readonly by: string;
};

/** A chart names an image that this run neither built nor finds in the image lock. */
export class ForeignImageError extends PipelineError {
  override readonly name = "ForeignImageError";
  constructor(chart: string, foreign: readonly NamedImage[]) {
    const lines = foreign.map(({ name, by }) => `  ${name} (${by})`);
    super(
      "gate",
      `${chart} runs ${foreign.length === 1 ? "an image" : "images"} that this run did not build and the image lock does not have:\n${lines.join("\n")}`,
      "name it by the digest of this run (images of the chart) or of the lock (lockedImages), so that what is tested is what is shipped",
    );
  }
}

/** Every image that the pods of a render name, each once. */
export function namedImages(manifests: readonly Manifest[]): NamedImage[] {
  const images = new Map<string, NamedImage>();
  for (const workload of workloadsOf(manifests)) {
    for (const { name: container, kind, value } of containersOf(workload)) {
      const name = textAt(value, "image");
      if (!images.has(name)) images.set(name, { name, by: `${objectName(workload.manifest)}, ${kind} ${container}` });
    }
  }
  return [...images.values()];
}

/** A container that ran another image than the ones that the node was given. */
export type StrangeImage = { readonly object: string; readonly image: string; readonly imageId: string };

/** An image that a node was given before it started. */
export type NodeImage = {
  /** Name under which the node knows it. */
  readonly name: string;
  /** Digest of its manifest, and of its configuration, by one of which a container names what it runs. */
  readonly digest: string;
  readonly configDigest: string;
};

/** What containers ran, compared with what the node was given. */
export type ImageProof = {
  /** How many containers were compared, by the namespace of their pods. */
  readonly containers: Readonly<Record<string, number>>;
  readonly strange: readonly StrangeImage[];
};

/** Pods of the cluster's own parts are in this namespace; their images come with the cluster. */
const OWN_NAMESPACE = "kube-system";

const STATUSES = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];

/**
 * Compares what containers ran with what the node was given.
 *
 * @param pods What `kubectl get pods --all-namespaces --output json` printed, parsed.
 */
export function proveImages(pods: unknown, given: readonly NodeImage[]): ImageProof {
  const known = new Set(given.flatMap(({ name, digest, configDigest }) => [name, digest, configDigest]));
  const ran = itemsAt(pods, "items")
    .filter((pod) => textAt(pod, "metadata", "namespace") !== OWN_NAMESPACE)
    .flatMap((pod) =>
      STATUSES.flatMap((key) => itemsAt(pod, "status", key).map((status) => ranBy(pod, status))).filter(
        // Empty as long as the container has not been made.
        ({ imageId }) => imageId !== "",
      ),
    );
  const isKnown = (imageId: string) => known.has(imageId) || known.has(imageId.slice(imageId.indexOf("@") + 1));
  const containers: Record<string, number> = {};
  for (const { namespace } of ran) containers[namespace] = (containers[namespace] ?? 0) + 1;
  const strange = ran
    .filter(({ imageId }) => !isKnown(imageId))
    .map(({ object, image, imageId }) => ({ object, image, imageId }));
  return { containers, strange };
}

function ranBy(pod: unknown, status: unknown): StrangeImage & { readonly namespace: string } {
  const namespace = textAt(pod, "metadata", "namespace");
  const object = `Pod ${namespace}/${textAt(pod, "metadata", "name")}, container ${textAt(status, "name")}`;
  return { namespace, object, image: textAt(status, "image"), imageId: textAt(status, "imageID") };
}

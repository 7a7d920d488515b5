/** Where the tarball of an image lies for k3s to import it, and what the image is called then. */
import { parseImageReference } from "../platform/image-reference.ts";
import { CLUSTER } from "./start-script.ts";

/** Gives each tarball a file of its own; the name is for people, k3s takes the names of images from inside. */
export function sideLoadPath(name: string): string {
  return `${CLUSTER.images}/${name.replace(/[^A-Za-z0-9.-]+/g, "_")}.tar`;
}

/** The name under which a node knows an image: in full, without the tag where there is a digest. Source: containerd, CRI. */
export function nodeImageName(name: string): string {
  const { registry, repository, tag = "latest", digest } = parseImageReference(name);
  return `${registry}/${repository}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

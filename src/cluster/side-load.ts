/** Where the tarball of an image lies for k3s to import it, and what the image is called then. */
import { parseImageReference } from "../platform/image-reference.ts";
import { CLUSTER } from "./start-script.ts";

/** Gives each image a file of its own; the name is for people, k3s takes the image's name from inside. */
export function sideLoadPath(name: string): string {
  return `${CLUSTER.images}/${name.replace(/[^A-Za-z0-9.-]+/g, "_")}.tar`;
}

/** The name that a node shows for an image: in full, also where pods leave the registry out. */
export function nodeImageName(name: string): string {
  const { registry, repository, tag = "latest" } = parseImageReference(name);
  return `${registry}/${repository}:${tag}`;
}

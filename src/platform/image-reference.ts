/** Takes image references apart, by the grammar that registries and container engines share. */
import { PipelineError } from "../report/errors.ts";

/** The parts of a reference such as `registry.example.com/library/golang:1.26-alpine@sha256:...`. */
export type ImageReference = {
  /** Host, with a port where one is given: `registry.example.com`, `localhost:5000`. */
  readonly registry: string;
  /** Path below the registry: `library/golang`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
};

/** A text that is no image reference. */
export class ImageReferenceError extends PipelineError {
  override readonly name = "ImageReferenceError";
  constructor(
    readonly text: string,
    readonly reason: string,
  ) {
    super("config", `"${text}" is no image reference: ${reason}`, `write it as ${REFERENCE_FORM}`);
  }
}

/** How a reference is written in full. */
export const REFERENCE_FORM = "registry/repository:tag@sha256:<64 hexadecimal digits>";

/** Digest of an image. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Path of a repository below its registry. */
export const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

const HOST =
  /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::[0-9]{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const MAX_NAME_LENGTH = 255;

/**
 * Parses a reference. A name without a registry is one of Docker Hub, as for `docker pull`: `golang:1.26` is there
 * `library/golang:1.26`. Throws ImageReferenceError.
 */
export function parseImageReference(text: string): ImageReference {
  const [named = "", digest, ...rest] = text.split("@");
  if (rest.length > 0) throw new ImageReferenceError(text, "it has more than one @");
  // A colon in front of the last slash belongs to the registry's port.
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const { registry, repository } = splitName(name);
  const reason = mistakeIn(registry, repository, tag, digest);
  if (reason !== undefined) throw new ImageReferenceError(text, reason);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** True when a reference names its registry itself instead of leaving it to Docker Hub. */
export function hasRegistry(text: string): boolean {
  const [first = "", ...rest] = text.split("/");
  return rest.length > 0 && isRegistry(first);
}

function splitName(name: string): { registry: string; repository: string } {
  if (!hasRegistry(name)) {
    return { registry: "docker.io", repository: name.includes("/") ? name : `library/${name}` };
  }
  const slash = name.indexOf("/");
  return { registry: name.slice(0, slash), repository: name.slice(slash + 1) };
}

function isRegistry(component: string): boolean {
  return /[.:]/.test(component) || component === "localhost" || component !== component.toLowerCase();
}

function mistakeIn(registry: string, repository: string, tag?: string, digest?: string): string | undefined {
  if (!HOST.test(registry)) return `the registry "${registry}" is no host name`;
  if (!REPOSITORY.test(repository)) {
    return `the repository "${repository}" is not made of lower-case letters and digits, joined by . _ - and /`;
  }
  if (`${registry}/${repository}`.length > MAX_NAME_LENGTH) return `its name has over ${MAX_NAME_LENGTH} characters`;
  if (tag !== undefined && !TAG.test(tag)) return `the tag "${tag}" is not made of up to 128 letters, digits and . _ -`;
  if (digest !== undefined && !DIGEST.test(digest))
    return `the digest "${digest}" is not sha256: and 64 hexadecimal digits`;
  return undefined;
}

/** Sends images to the loopback registry: the few requests of the OCI distribution protocol that this takes. */

import { openAsBlob } from "node:fs";

import { UnexpectedAnswerError } from "../errors.ts";
import type { Document, Image } from "./oci-image.ts";
import { MANIFEST_TYPE } from "./oci-image.ts";

/** A repository in a registry that speaks plain HTTP. */
export type Repository = {
  /** `host:port` */
  readonly registry: string;
  /** Name inside the registry, e.g. `golang`. */
  readonly name: string;
};

/** The part of fetch that is used here. */
export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** Sends an image under a tag. What the registry has already is not sent again. */
export async function pushImage(
  repository: Repository,
  tag: string,
  image: Image,
  signal: AbortSignal,
  request: Fetch = fetch,
): Promise<void> {
  if (await has(repository, `manifests/${image.manifest.digest}`, signal, request)) {
    return;
  }
  for (const layer of image.layers) {
    await pushBlob(repository, layer.digest, () => openAsBlob(layer.file), signal, request);
  }
  await pushBlob(
    repository,
    image.config.digest,
    () => Promise.resolve(new Blob([image.config.content])),
    signal,
    request,
  );
  await putManifest(repository, tag, image.manifest, signal, request);
}

async function has(repository: Repository, what: string, signal: AbortSignal, request: Fetch): Promise<boolean> {
  const address = addressOf(repository, what);
  const answer = await request(address, { method: "HEAD", headers: { Accept: MANIFEST_TYPE }, signal });
  if (answer.status !== 200 && answer.status !== 404) {
    throw unexpected("HEAD", address, answer);
  }
  return answer.status === 200;
}

async function pushBlob(
  repository: Repository,
  digest: string,
  open: () => Promise<Blob>,
  signal: AbortSignal,
  request: Fetch,
): Promise<void> {
  if (await has(repository, `blobs/${digest}`, signal, request)) {
    return;
  }
  const start = addressOf(repository, "blobs/uploads/");
  const begun = await request(start, { method: "POST", signal });
  const location = begun.headers.get("location");
  if (begun.status !== 202 || location === null) {
    throw unexpected("POST", start, begun);
  }
  const target = new URL(location, start);
  target.searchParams.set("digest", digest);
  const headers = { "Content-Type": "application/octet-stream" };
  const sent = await request(target.href, { method: "PUT", headers, body: await open(), signal });
  if (sent.status !== 201) {
    throw unexpected("PUT", target.href, sent);
  }
}

async function putManifest(
  repository: Repository,
  tag: string,
  manifest: Document,
  signal: AbortSignal,
  request: Fetch,
): Promise<void> {
  const address = addressOf(repository, `manifests/${tag}`);
  const headers = { "Content-Type": manifest.mediaType };
  const answer = await request(address, { method: "PUT", headers, body: manifest.content, signal });
  if (answer.status !== 201) {
    throw unexpected("PUT", address, answer);
  }
}

function addressOf(repository: Repository, what: string): string {
  return `http://${repository.registry}/v2/${repository.name}/${what}`;
}

function unexpected(method: string, address: string, answer: Response): UnexpectedAnswerError {
  const nextStep = "run `npm run embedded:down` and start again; the registry's log is in the cache folder";
  return new UnexpectedAnswerError(`${method} ${address}`, `status ${answer.status}`, nextStep);
}

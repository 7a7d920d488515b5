/** A published release that tests may tamper with, copy by copy, and the means to do it. */
import { randomUUID } from "node:crypto";

import { dag, type Directory, type Service } from "@dagger.io/dagger";

import { type ImageLock } from "../../../src/platform/image-lock.ts";
import { attachment } from "../../../src/release/attachment.ts";
import {
  describeText,
  EMPTY,
  EMPTY_CONFIG,
  type ManifestParts,
  type OciObject,
  ociObject,
  digestOfText,
} from "../../../src/release/oci.ts";
import { registryClient, type RegistryClient } from "../../../src/release/registry.ts";
import type { ReadArtifact } from "../../../src/release/registry-answers.ts";
import { signStatements } from "../../../src/release/signing.ts";
import { type EvidenceKind, PREDICATES } from "../../../src/release/statements.ts";
import { registryTool } from "./registry-tool.ts";
import { REGISTRY } from "./registry.ts";
import { type TestKey, toolbox } from "./signing.ts";
import { lockOfRun, ownSource } from "./slipway.ts";

/** Where the untouched release lies. */
export const ORIGINAL = `${REGISTRY}/acme`;

/** One copy of the release. */
export type Copy = {
  readonly client: RegistryClient;
  readonly lock: ImageLock;
  readonly prefix: string;
  readonly key: TestKey;
  readonly image: ReadArtifact;
  readonly chart: ReadArtifact;
  readonly record: ReadArtifact;
  readonly commit: string;
  readonly chartVersion: string;
};

/** A client of the registry. */
export async function clientOf(service: Service): Promise<{ client: RegistryClient; lock: ImageLock }> {
  const lock = await lockOfRun();
  const programs = ownSource().directory("src/release/programs");
  const access = { prefix: ORIGINAL, service, insecure: true };
  return { client: registryClient(lock, programs, access, randomUUID()), lock };
}

/** Copies the release below other paths, with all that is attached. */
export async function copyRelease(
  service: Service,
  lock: ImageLock,
  prefixes: readonly string[],
  references: readonly string[],
): Promise<void> {
  const script = `set -eu
regctl registry set ${REGISTRY} --tls disabled
for prefix in $PREFIXES; do
  for reference in $REFERENCES; do
    regctl image copy --referrers "${ORIGINAL}/$reference" "$prefix/$reference" > /dev/null
  done
done`;
  await registryTool(lock)
    .withServiceBinding("registry", service)
    .withEnvVariable("SLIPWAY_TEST", randomUUID())
    .withEnvVariable("PREFIXES", prefixes.join(" "))
    .withEnvVariable("REFERENCES", references.join(" "))
    .withExec(["sh", "-c", script])
    .sync();
}

/** Pushes an object whose content is given as texts, and tags it. */
export async function put(
  { client }: Copy,
  repository: string,
  parts: ManifestParts,
  texts: readonly string[],
  tag?: string,
): Promise<OciObject> {
  const names = Object.fromEntries(texts.map((text) => [digestOfText(text), `/inputs/${hashOf(digestOfText(text))}`]));
  const object = ociObject(repository, parts, names);
  const files = texts.reduce((all, text) => all.withNewFile(hashOf(digestOfText(text)), text), dag.directory());
  await pushObject(client, object, object.manifest, files);
  if (tag !== undefined) await moveTag(client, repository, tag, object.digest);
  return object;
}

/** Another image, of nothing. */
export async function otherObject(copy: Copy, repository: string, tag?: string): Promise<OciObject> {
  const parts = { artifactType: "application/vnd.example.other", config: EMPTY, layers: [EMPTY], annotations: {} };
  return put(copy, repository, parts, [EMPTY_CONFIG], tag);
}

/** Points a tag elsewhere. */
export async function moveTag(client: RegistryClient, repository: string, name: string, digest: string): Promise<void> {
  const reference = `${repository}:${name}`;
  const { digests } = await client.state([reference], []);
  const tags = [{ repository, name, digest, expected: digests[reference] ?? "" }];
  await client.apply({ phases: [{ tags }], inputs: dag.directory() });
}

/** Lists as attached to an artifact only what a test keeps, as a registry without the referrers API does. */
export async function relist(
  copy: Copy,
  artifact: ReadArtifact,
  keep: (kind: string, at: number) => boolean,
): Promise<void> {
  const [subject] = (await copy.client.read([artifact.reference])).artifacts;
  const manifests = (subject?.referrers ?? []).flatMap(({ digest, manifest }, at) => {
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    return keep(predicateOf(manifest), at) ? [{ mediaType, digest, size: Buffer.byteLength(manifest) }] : [];
  });
  await list(copy, artifact, manifests);
}

/** Lists descriptors as attached to an artifact. */
export async function list(
  copy: Copy,
  { reference, digest }: ReadArtifact,
  manifests: readonly unknown[],
): Promise<void> {
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests,
  });
  const repository = repositoryOf(reference);
  const object = { repository, digest: digestOfText(index), manifest: index, files: {} };
  await pushObject(copy.client, object, index, dag.directory());
  await moveTag(copy.client, repository, digest.replace(":", "-"), object.digest);
}

/** Attaches a statement, signed by a key, instead of what the artifact has of its kind. */
export async function replaceEvidence(
  copy: Copy,
  artifact: ReadArtifact,
  kind: EvidenceKind,
  text: string,
  key = copy.key,
): Promise<void> {
  await relist(copy, artifact, (predicate) => predicate !== PREDICATES[kind]);
  await attachStatement(copy, artifact, kind, text, key);
}

/** Attaches a statement, signed by a key. */
export async function attachStatement(
  copy: Copy,
  artifact: ReadArtifact,
  kind: EvidenceKind,
  text: string,
  key = copy.key,
): Promise<void> {
  const statements = dag.directory().withNewFile("statement", text);
  const { bundles, directory } = await signStatements(await toolbox(), key, statements, randomUUID());
  const [bundle] = bundles;
  if (bundle === undefined) throw new Error("cosign signed nothing");
  await attachFile(copy, artifact, kind, bundle, directory.file("statement"), "signed by a test");
}

/** Attaches any content as evidence. */
export async function attachText(copy: Copy, artifact: ReadArtifact, kind: EvidenceKind, text: string): Promise<void> {
  const { digest, size } = describeText("", text);
  const file = dag.directory().withNewFile("text", text).file("text");
  await attachFile(copy, artifact, kind, { digest, size }, file, "put by a test");
}

async function attachFile(
  copy: Copy,
  { reference, digest, manifest }: ReadArtifact,
  kind: EvidenceKind,
  content: { readonly digest: string; readonly size: number },
  file: ReturnType<Directory["file"]>,
  key: string,
): Promise<void> {
  const artifact = { kind: "image" as const, name: "any", repository: repositoryOf(reference), digest, tags: [] };
  const files = { [content.digest]: "/inputs/content", [EMPTY.digest]: "/inputs/empty" };
  const evidence = { artifact, kind, statement: content.digest, key };
  const object = attachment(evidence, content, Buffer.byteLength(manifest), files);
  const inputs = dag.directory().withFile("content", file).withNewFile("empty", EMPTY_CONFIG);
  await pushObject(copy.client, object, object.manifest, inputs);
}

/** Text of the evidence of a kind, a bundle. */
export function bundleOf({ referrers }: ReadArtifact, kind: EvidenceKind): string {
  const found = referrers.find(({ manifest }) => predicateOf(manifest) === PREDICATES[kind]);
  const [text] = Object.entries(found?.texts ?? {}).filter(([digest]) => digest !== EMPTY.digest);
  if (text === undefined) throw new Error(`no ${kind} is attached`);
  return text[1];
}

/** Statement in a bundle, as text. */
export function statementIn(bundle: string): string {
  const payload = /"payload":\s*"([^"]+)"/.exec(bundle)?.[1] ?? "";
  return Buffer.from(payload, "base64").toString("utf8");
}

/** Registry and path of a reference. */
export function repositoryOf(reference: string): string {
  return reference.replace(/(@sha256:[0-9a-f]{64}|:[^:/]+)$/, "");
}

function predicateOf(manifest: string): string {
  return /"dev\.sigstore\.bundle\.predicateType":"([^"]*)"/.exec(manifest)?.[1] ?? "";
}

async function pushObject(
  client: RegistryClient,
  object: OciObject,
  manifest: string,
  files: Directory,
): Promise<void> {
  const objects = [
    { repository: object.repository, digest: object.digest, manifest: "/inputs/manifest", files: object.files },
  ];
  await client.apply({ phases: [{ objects }], inputs: files.withNewFile("manifest", manifest) });
}

function hashOf(digest: string): string {
  return digest.replace("sha256:", "");
}

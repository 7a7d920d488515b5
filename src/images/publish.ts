/** Pushes built images: by digest first, then their own tags, and aliases last, so that no tag moves before all is there. */
import { type Container, ReturnType, type Secret, type Service } from "@dagger.io/dagger";

import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { renderTable } from "../report/table.ts";
import type { BuiltImage } from "./build.ts";
import { decideTag, type Tag } from "./tags.ts";

/** How a registry is reached. */
export type RegistryAccess = {
  /** Registry and path that repositories lie under, for example `ghcr.io/acme`. */
  readonly prefix: string;
  /** Service that answers under the registry's host name; nothing: the network does. */
  readonly service?: Service | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Plain HTTP instead of HTTPS. */
  readonly insecure: boolean;
};

/** A registry refused or could not be reached. */
export class RegistryError extends PipelineError {
  override readonly name = "RegistryError";
  constructor(action: string, cause: unknown) {
    super(
      "infra",
      `${action} failed\n${describeFailure(cause)}`,
      "check the registry's address, --registry-username and --registry-password, and --insecure for plain HTTP, and " +
        "run it again: tags that were set before this stay, and the rest are set then",
      { cause },
    );
  }
}

/** A tag that must not move has another image already. */
export class TagTakenError extends PipelineError {
  override readonly name = "TagTakenError";
  constructor(refusals: readonly string[]) {
    super(
      "gate",
      `the registry has other images under tags that never move:\n${refusals.map((line) => `  ${line}`).join("\n")}`,
      "build the commit that the tag names from a clean checkout with the same image lock, or publish another commit; nothing was tagged",
    );
  }
}

// Data comes in as variables. The home is a temporary mount: a login is never part of a layer.
const PRELUDE = `set -eu
if [ "$INSECURE" = true ]; then regctl registry set "$REGISTRY_HOST" --tls disabled; fi
if [ -n "\${REGISTRY_PASSWORD:-}" ]; then
  printf %s "$REGISTRY_PASSWORD" | regctl registry login "$REGISTRY_HOST" --user "$REGISTRY_USERNAME" --pass-stdin > /dev/null
fi
`;
const DIGEST_SCRIPT = `${PRELUDE}regctl image digest "$TAGGED"`;
// Prints nothing for a tag that does not exist. That the pushed image is found before and after tells it from a registry
// that does not answer, without reading words in messages.
const TAG_SCRIPT = `${PRELUDE}regctl image digest "$PINNED" > /dev/null
if regctl image digest "$TAGGED" 2> /dev/null; then exit 0; fi
regctl image digest "$PINNED" > /dev/null`;
// Somebody who pushes the same at the same moment is writing what the registry looks up: it knows it a moment later.
// Source of the codes: OCI Distribution 1.1, "Error Codes".
const PUSH_SCRIPT = `${PRELUDE}cd /tmp
regctl image import ocidir://image:final /image.tar
for pause in 0.5 1 2 0; do
  if regctl image copy ocidir://image:final "$PINNED" > /dev/null 2> said; then exit 0; fi
  grep -q 'MANIFEST_BLOB_UNKNOWN\\|DIGEST_INVALID' said || break
  sleep "$pause"
done
cat said >&2
exit 1`;
const SET_SCRIPT = `${PRELUDE}regctl image copy "$PINNED" "$TAGGED" > /dev/null`;

/** One image on its way to the registry. */
type Upload = { readonly image: BuiltImage; readonly repository: string; readonly pinned: string };

/**
 * Publishes images under their tags and returns a table of what was set and what was there already.
 *
 * Throws TagTakenError before anything is pushed when a tag that never moves has another image, and RegistryError when
 * the registry cannot be used.
 *
 * @param images The built images.
 * @param tags Tags of every image, the commit's own first.
 * @param access How the registry is reached.
 * @param tool Container with regctl.
 * @param nonce Tells this run from earlier ones: asking a registry must never be answered from a cache.
 */
export async function publishBuiltImages(
  images: readonly BuiltImage[],
  tags: readonly Tag[],
  access: RegistryAccess,
  tool: Container,
  nonce: string,
): Promise<string> {
  const client = registryClient(tool, access, nonce);
  const uploads = images.map((image): Upload => {
    const repository = `${access.prefix}/${image.spec.repository}`;
    return { image, repository, pinned: `${repository}@${image.facts.digest}` };
  });
  await refuseTakenTags(uploads, tags, (_, tagged) => digestIfReadable(client, tagged));
  await pushAll(client, uploads);
  // Now that the registry took the images, it can say for certain which tags exist.
  await refuseTakenTags(uploads, tags, (upload, tagged) => digestOfTag(client, upload, tagged));

  const rows: string[][] = [];
  for (const tag of [...tags.filter((tag) => !tag.moves), ...tags.filter((tag) => tag.moves)]) {
    rows.push(...(await Promise.all(uploads.map((upload) => setTag(client, upload, tag)))));
  }
  return renderTable([{ heading: "IMAGE" }, { heading: "TAG" }, { heading: "REFERENCE" }, { heading: "STATE" }], rows);
}

function registryClient(tool: Container, access: RegistryAccess, nonce: string): Container {
  const host = access.prefix.split("/")[0] ?? "";
  let client = tool
    .withMountedTemp("/tmp")
    .withMountedTemp("/home/slipway")
    .withEnvVariable("HOME", "/home/slipway")
    .withEnvVariable("REGISTRY_HOST", host)
    .withEnvVariable("REGISTRY_USERNAME", access.username ?? "")
    .withEnvVariable("INSECURE", String(access.insecure))
    .withEnvVariable("SLIPWAY_RUN", nonce);
  if (access.password !== undefined) client = client.withSecretVariable("REGISTRY_PASSWORD", access.password);
  if (access.service !== undefined) client = client.withServiceBinding(host.split(":")[0] ?? host, access.service);
  return client;
}

/** Throws TagTakenError naming every tag that has another image already and never moves. */
async function refuseTakenTags(
  uploads: readonly Upload[],
  tags: readonly Tag[],
  existing: (upload: Upload, tagged: string) => Promise<string | undefined>,
): Promise<void> {
  const checks = uploads.flatMap((upload) => tags.filter((tag) => !tag.moves).map((tag) => ({ upload, tag })));
  const refusals = await Promise.all(
    checks.map(async ({ upload, tag }) => {
      const tagged = `${upload.repository}:${tag.name}`;
      const decision = decideTag(tag, upload.image.facts.digest, await existing(upload, tagged));
      return decision.kind === "refuse" ? [`${tagged} ${decision.reason}`] : [];
    }),
  );
  if (refusals.flat().length > 0) throw new TagTakenError(refusals.flat());
}

/** Digest under a tag; nothing when it cannot be read, be the tag absent or the registry out of reach. */
async function digestIfReadable(client: Container, tagged: string): Promise<string | undefined> {
  const asked = client
    .withEnvVariable("TAGGED", tagged)
    .withExec(["sh", "-c", DIGEST_SCRIPT], { expect: ReturnType.Any });
  return (await asked.exitCode()) === 0 ? (await asked.stdout()).trim() : undefined;
}

/** Digest under a tag of an image that was pushed; nothing when the tag does not exist. */
async function digestOfTag(client: Container, upload: Upload, tagged: string): Promise<string | undefined> {
  const digest = await inRegistry(`reading ${tagged}`, () =>
    client
      .withEnvVariable("PINNED", upload.pinned)
      .withEnvVariable("TAGGED", tagged)
      .withExec(["sh", "-c", TAG_SCRIPT])
      .stdout(),
  );
  return digest.trim() === "" ? undefined : digest.trim();
}

/** Every image is tried to its end, and all that failed are named: a registry may refuse one repository alone. */
async function pushAll(client: Container, uploads: readonly Upload[]): Promise<void> {
  const ends = await Promise.allSettled(uploads.map((upload) => push(client, upload)));
  const failures = ends.flatMap((end, index): { pinned: string; cause: unknown }[] =>
    end.status === "rejected" ? [{ pinned: uploads[index]?.pinned ?? "", cause: end.reason }] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  throw new RegistryError(`pushing ${failures.map(({ pinned }) => pinned).join(", ")}`, first.cause);
}

async function push(client: Container, upload: Upload): Promise<void> {
  await client
    .withMountedFile("/image.tar", upload.image.tarball)
    .withEnvVariable("PINNED", upload.pinned)
    .withExec(["sh", "-c", PUSH_SCRIPT])
    .sync();
}

async function setTag(client: Container, upload: Upload, tag: Tag): Promise<string[]> {
  const tagged = `${upload.repository}:${tag.name}`;
  const decision = decideTag(tag, upload.image.facts.digest, await digestOfTag(client, upload, tagged));
  const row = [upload.image.spec.name, tag.name, upload.pinned];
  if (decision.kind === "keep") return [...row, decision.reason];
  await inRegistry(`tagging ${tagged}`, () =>
    client
      .withEnvVariable("PINNED", upload.pinned)
      .withEnvVariable("TAGGED", tagged)
      .withExec(["sh", "-c", SET_SCRIPT])
      .sync(),
  );
  return [...row, "set"];
}

async function inRegistry<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new RegistryError(action, error);
  }
}

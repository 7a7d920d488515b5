/** Signs statements with a key or as an identity, away from the registry: what signs sees the statements and the secret alone. */
import type { Container, Directory, Secret, Service } from "@dagger.io/dagger";

import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";
import { signatureKey } from "./attachment.ts";
import { type KeylessServices, parseIdentity } from "./keyless.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";

/** A private key of cosign and the password that it is encrypted with. */
export type CosignKey = { readonly key: Secret; readonly password?: Secret | undefined };

/** A token that says who signs, for an authority that gives certificates of some minutes for it. */
export type IdentityToken = {
  readonly token: Secret;
  readonly services: KeylessServices;
  /** Service that answers under the host name of the authority; nothing: it is reached as any other. */
  readonly service?: Service | undefined;
};

/** What signatures are made with. */
export type SigningKey = CosignKey | IdentityToken;

/** cosign refused the key or a statement. */
export class SigningError extends PipelineError {
  override readonly name = "SigningError";
  constructor(action: string, cause: unknown) {
    super(
      "config",
      `${action} failed\n${describeFailure(cause)}`,
      "check --signing-key, a file that `cosign generate-key-pair` wrote, and --signing-password; or --identity-token, " +
        "which must not have expired and is meant for sigstore, and the key keyless of the release policy",
      { cause },
    );
  }
}

const SIGN_SCRIPT = `set -eu
mkdir ${RESULTS}
sign attest /statements ${RESULTS}
cd ${RESULTS} && for name in *; do
  echo "$name sha256:$(sha256sum < "$name" | cut -d' ' -f1) $(wc -c < "$name")"
done`;

/** A signed statement: its file in the directory, digest and size. */
export type Bundle = { readonly name: string; readonly digest: string; readonly size: number };

/** Name of who signs, by which signatures that are attached already are known: the public key's, or the identity's. */
export async function signerName(tools: Toolbox, key: SigningKey, nonce: string): Promise<string> {
  const isIdentity = "token" in key;
  const run = signer(tools, key, nonce).withExec(["sign", isIdentity ? "claimed" : "public-key"]);
  const printed = await run.stdout().catch((error: unknown) => {
    throw new SigningError(isIdentity ? "reading the identity token" : "reading the signing key", error);
  });
  if (!isIdentity) return signatureKey(printed);
  const { issuer, subject } = parseIdentity(printed);
  return `${subject} of ${issuer}`;
}

/** Signs every file of a directory and gives a directory of bundles with the same names. */
export async function signStatements(
  tools: Toolbox,
  key: SigningKey,
  statements: Directory,
  nonce: string,
): Promise<{ readonly bundles: readonly Bundle[]; readonly directory: Directory }> {
  const run = signer(tools, key, nonce)
    .withMountedDirectory("/statements", statements)
    .withExec(["sh", "-c", SIGN_SCRIPT]);
  const printed = await run.stdout().catch((error: unknown) => {
    throw new SigningError("signing", error);
  });
  return { bundles: readBundles(printed), directory: run.directory(RESULTS) };
}

/** Files as they are, in place of bundles, where nothing is signed. */
export async function unsignedStatements(
  { lock }: Toolbox,
  statements: Directory,
): Promise<{ readonly bundles: readonly Bundle[]; readonly directory: Directory }> {
  const script = `cd /statements && for name in *; do
  echo "$name sha256:$(sha256sum < "$name" | cut -d' ' -f1) $(wc -c < "$name")"
done`;
  const run = goImage(lock).withMountedDirectory("/statements", statements).withExec(["sh", "-c", script]);
  return { bundles: readBundles(await run.stdout()), directory: statements };
}

function signer(tools: Toolbox, given: SigningKey, nonce: string): Container {
  const container = goImage(tools.lock)
    .withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"))
    .withEnvVariable("SLIPWAY_RUN", nonce);
  if ("token" in given) return identified(container, given);
  const withKey = container.withSecretVariable("COSIGN_PRIVATE_KEY", given.key);
  return given.password === undefined
    ? withKey.withEnvVariable("COSIGN_PASSWORD", "")
    : withKey.withSecretVariable("COSIGN_PASSWORD", given.password);
}

function identified(container: Container, { token, services, service }: IdentityToken): Container {
  const { fulcio, rekor, timestamps = "" } = services;
  const withToken = container
    .withSecretVariable("IDENTITY_TOKEN", token)
    .withEnvVariable("FULCIO_URL", fulcio)
    .withEnvVariable("REKOR_URL", rekor === "none" ? "" : rekor)
    .withEnvVariable("TIMESTAMP_URL", timestamps);
  return service === undefined ? withToken : withToken.withServiceBinding(new URL(fulcio).hostname, service);
}

function readBundles(printed: string): Bundle[] {
  return printed
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", digest = "", size = ""] = line.split(" ");
      return { name, digest, size: Number(size) };
    });
}

/** Signs statements with a key, away from the registry: cosign sees the statements and the key, and nothing else. */
import type { Container, Directory, Secret } from "@dagger.io/dagger";

import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";

/** A private key of cosign and the password that it is encrypted with. */
export type SigningKey = { readonly key: Secret; readonly password?: Secret | undefined };

/** cosign refused the key or a statement. */
export class SigningError extends PipelineError {
  override readonly name = "SigningError";
  constructor(action: string, cause: unknown) {
    super(
      "config",
      `${action} failed\n${describeFailure(cause)}`,
      "check --signing-key, a file that `cosign generate-key-pair` wrote, and --signing-password",
      { cause },
    );
  }
}

// No log of signatures is written to: it would need a network, and tell the world what a private registry holds.
const SIGN_SCRIPT = `set -eu
mkdir /out
sign attest /statements /out
cd /out && for name in *; do
  echo "$name sha256:$(sha256sum < "$name" | cut -d' ' -f1) $(wc -c < "$name")"
done`;

/** A signed statement: its file in the directory, digest and size. */
export type Bundle = { readonly name: string; readonly digest: string; readonly size: number };

/** The public part of a key, PEM. */
export async function publicKeyOf(tools: Toolbox, key: SigningKey, nonce: string): Promise<string> {
  const run = signer(tools, key, nonce).withExec(["sign", "public-key"]);
  return run.stdout().catch((error: unknown) => {
    throw new SigningError("reading the signing key", error);
  });
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
  return { bundles: readBundles(printed), directory: run.directory("/out") };
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

function signer(tools: Toolbox, { key, password }: SigningKey, nonce: string): Container {
  const container = goImage(tools.lock)
    .withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"))
    .withEnvVariable("SLIPWAY_RUN", nonce)
    .withSecretVariable("COSIGN_PRIVATE_KEY", key);
  return password === undefined
    ? container.withEnvVariable("COSIGN_PASSWORD", "")
    : container.withSecretVariable("COSIGN_PASSWORD", password);
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

/** Finds out who signed what was read from a registry, in a container without a network. Who may is decided in keyless.ts. */
import { dag, type Secret, type Service } from "@dagger.io/dagger";

import { type PlatformSource, readSourceFile } from "../images/functions.ts";
import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { hasCertificate, judgeSigners, type SignatureVerdict } from "./keyless.ts";
import { digestOfText } from "./oci.ts";
import type { ReleasePolicy } from "./policy.ts";
import { readReleasePolicy } from "./policy-source.ts";
import type { ReadArtifact } from "./registry-answers.ts";
import type { SigningKey } from "./signing.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";

/** The trusted root of a policy cannot be used. */
export class TrustedRootError extends PipelineError {
  override readonly name = "TrustedRootError";
  constructor(path: string, cause: unknown) {
    super(
      "config",
      `verifying with the trusted root ${path} failed\n${describeFailure(cause)}`,
      "check keyless.trustedRoot of the release policy: sigstore's trusted_root.json, of the authority that signs",
      { cause },
    );
  }
}

/** Both a key and an identity are to sign. */
export class TwoSignersError extends PipelineError {
  override readonly name = "TwoSignersError";
  constructor() {
    super("config", "--signing-key and --identity-token are both given", "pass one of them: evidence has one signer");
  }
}

/** A token is given, and the release policy does not say where it signs. */
export class KeylessMissingError extends PipelineError {
  override readonly name = "KeylessMissingError";
  constructor(file: string) {
    super(
      "config",
      `--identity-token: ${file} has no key "keyless", so that nobody would trust what an identity signs`,
      "add it: trustedRoot, and the identities that may sign",
    );
  }
}

/** What the arguments of a function say of who signs. */
export type SigningArguments = {
  readonly key: Secret | undefined;
  readonly password: Secret | undefined;
  readonly token: Secret | undefined;
  readonly service: Service | undefined;
};

/** What signs, if anything does; where an identity signs is said by the release policy of the source. */
export async function chosenSigner(
  given: PlatformSource,
  { key, password, token, service }: SigningArguments,
): Promise<SigningKey | undefined> {
  if (token === undefined) return key && { key, password };
  if (key !== undefined) throw new TwoSignersError();
  const { policy, name } = await readReleasePolicy(given);
  if (policy.keyless === undefined) throw new KeylessMissingError(name);
  return { token, services: policy.keyless, service };
}

/** Who signed each bundle that has a certificate, and whether the policy trusts it, by the digest of the bundle. */
export async function identifySigners(
  { source }: PlatformSource,
  tools: Toolbox,
  { keyless }: ReleasePolicy,
  artifacts: readonly ReadArtifact[],
): Promise<ReadonlyMap<string, SignatureVerdict>> {
  const texts = artifacts.flatMap(({ referrers }) => referrers.flatMap((referrer) => Object.values(referrer.texts)));
  const bundles = new Map(texts.filter(hasCertificate).map((text) => [digestOfText(text), text]));
  if (keyless === undefined || bundles.size === 0) return new Map();
  const path = keyless.trustedRoot;
  const root = await readSourceFile(source, path, "add it: sigstore's trusted_root.json, of the authority that signs");
  const files = [...bundles].reduce((all, [digest, text]) => all.withNewFile(digest, text), dag.directory());
  const run = goImage(tools.lock)
    .withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"))
    .withMountedDirectory("/bundles", files)
    .withNewFile("/trusted-root.json", root)
    .withExec(["sh", "-c", "sign signers /trusted-root.json /bundles > /answer.jsonl"]);
  const printed = await run
    .file("/answer.jsonl")
    .contents()
    .catch((error: unknown) => {
      throw new TrustedRootError(path, error);
    });
  return judgeSigners(printed, keyless);
}

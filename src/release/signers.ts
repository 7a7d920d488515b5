/** Finds out who signed what was read from a registry, in a container without a network. Who may is decided in keyless.ts. */
import type { File, Secret, Service } from "@dagger.io/dagger";

import { type PlatformSource, readSourceFile } from "../images/functions.ts";
import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";
import { judgeSigners, type SignatureVerdict } from "./keyless.ts";
import type { ReleasePolicy } from "./policy.ts";
import { readReleasePolicy } from "./policy-source.ts";
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

/**
 * Who signed each bundle that has a certificate, and whether the policy trusts it, by the digest of the bundle.
 *
 * @param answers What was read from a registry, as files: it is long, and goes from one container to another.
 */
export async function identifySigners(
  { source }: PlatformSource,
  tools: Toolbox,
  { keyless }: ReleasePolicy,
  answers: readonly File[],
): Promise<ReadonlyMap<string, SignatureVerdict>> {
  if (keyless === undefined) return new Map();
  const path = keyless.trustedRoot;
  const root = await readSourceFile(source, path, "add it: sigstore's trusted_root.json, of the authority that signs");
  const container = goImage(tools.lock)
    .withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"))
    .withNewFile("/trusted-root.json", root);
  const names = answers.map((_, index) => `/answer-${index}.json`);
  const run = answers
    .reduce((all, answer, index) => all.withMountedFile(names[index] ?? "", answer), container)
    .withExec([
      "sh",
      "-c",
      `mkdir -p ${RESULTS} && sign signers "$@" > ${RESULTS}/signers.jsonl`,
      "sign",
      "/trusted-root.json",
      ...names,
    ]);
  const printed = await run
    .file(`${RESULTS}/signers.jsonl`)
    .contents()
    .catch((error: unknown) => {
      throw new TrustedRootError(path, error);
    });
  return judgeSigners(printed, keyless);
}

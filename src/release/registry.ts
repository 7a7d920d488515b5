/** Runs the program that asks, fills and reads a registry. What is asked and moved is decided in plan.ts. */
import { type Container, dag, type Directory, type File, type Secret, type Service } from "@dagger.io/dagger";

import { compileOwnProgram } from "../charts/tools.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { describeFailure } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";
import { RESULTS } from "../report/results-folder.ts";
import { type RegistryState, readAnswer, readApplied, readState, type RegistryContent } from "./registry-answers.ts";

/** How a registry is reached. */
export type ReleaseRegistry = {
  /** Registry and path that repositories lie under, for example `ghcr.io/acme`. */
  readonly prefix: string;
  /** Service that answers under the registry's host name; nothing: the network does. */
  readonly service?: Service | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Plain HTTP instead of HTTPS. */
  readonly insecure: boolean;
  /** Certificates, PEM, that the registry's own is checked against; nothing: those of the system. */
  readonly ca?: File | undefined;
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

/** How a registry is reached, as the arguments of a function say it. */
export function registryAccess(
  prefix: string,
  username: string,
  password: Secret | undefined,
  service: Service | undefined,
  ca: File | undefined,
  insecure: boolean,
): ReleaseRegistry {
  return { prefix, username, password, service, ca, insecure };
}

/** What moves: phases in order, each of objects and tags. */
export type Movement = { readonly phases: readonly unknown[]; readonly inputs: Directory };

/** A registry that is spoken to. */
export type RegistryClient = {
  readonly state: (references: readonly string[], subjects: readonly string[]) => Promise<RegistryState>;
  /** Pushes and tags, and gives the bytes that the registry did not have. */
  readonly apply: (movement: Movement) => Promise<number>;
  readonly read: (references: readonly string[]) => Promise<RegistryContent>;
  /** The answer of `read` as a file, for another container. It is read once, however often it is asked for. */
  readonly answer: (references: readonly string[]) => File;
};

/**
 * Makes the client of a registry.
 *
 * @param programs Source of the module's own programs, src/release/programs.
 * @param nonce Tells this run from earlier ones: asking a registry must never be answered from a cache.
 */
export function registryClient(
  lock: ImageLock,
  programs: Directory,
  registry: ReleaseRegistry,
  nonce: string,
): RegistryClient {
  const container = registryContainer(lock, programs, registry, nonce);
  const answerTo = (command: string, request: unknown, inputs?: Directory) => {
    const mounted = inputs === undefined ? container : container.withMountedDirectory("/inputs", inputs);
    return (
      mounted
        .withNewFile("/request.json", JSON.stringify(request))
        // An answer may be longer than what the engine keeps of an output.
        .withExec(["sh", "-c", `mkdir -p ${RESULTS} && registry "$0" /request.json > ${RESULTS}/answer.json`, command])
        .file(`${RESULTS}/answer.json`)
    );
  };
  const ask = async (action: string, command: string, request: unknown, inputs?: Directory) =>
    answerTo(command, request, inputs)
      .contents()
      .catch((error: unknown) => {
        throw new RegistryError(action, error);
      });
  const { prefix } = registry;
  return {
    state: async (references, subjects) =>
      readState(await ask(`asking ${prefix} what it has`, "state", { references, subjects })),
    apply: async ({ phases, inputs }) => readApplied(await ask(`publishing to ${prefix}`, "apply", { phases }, inputs)),
    read: async (references) => readAnswer(await ask(`reading from ${prefix}`, "read", { references })),
    answer: (references) => answerTo("read", { references }),
  };
}

function registryContainer(
  lock: ImageLock,
  programs: Directory,
  { prefix, service, username, password, insecure, ca }: ReleaseRegistry,
  nonce: string,
): Container {
  const host = prefix.split("/")[0] ?? "";
  let container = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withFile("/usr/local/bin/registry", compileOwnProgram(lock, programs, "registry"))
    .withEnvVariable("REGISTRY_HOST", host)
    .withEnvVariable("REGISTRY_USERNAME", username ?? "")
    .withEnvVariable("REGISTRY_INSECURE", String(insecure))
    .withEnvVariable("SLIPWAY_RUN", nonce);
  // Secrets are variables of the one command alone and part of no layer.
  if (password !== undefined) container = container.withSecretVariable("REGISTRY_PASSWORD", password);
  if (ca !== undefined) container = container.withMountedFile("/ca.pem", ca).withEnvVariable("REGISTRY_CA", "/ca.pem");
  if (service !== undefined) container = container.withServiceBinding(host.split(":")[0] ?? host, service);
  return container;
}

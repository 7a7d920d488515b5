/** Keys for tests, made by cosign for the run alone. */
import { type Container, dag, type Secret } from "@dagger.io/dagger";

import { evidenceProgram, goImage, type Toolbox } from "../../../src/release/tools.ts";
import { lockOfRun, ownSource } from "./slipway.ts";

/** Password of every key here; it is looked for wherever it must not be. */
export const KEY_PASSWORD = "canary-90af";

/** A key pair. */
export type TestKey = { readonly key: Secret; readonly password: Secret; readonly publicKey: string };

/** The lock of this run and the sources of the module's programs. */
export async function toolbox(): Promise<Toolbox> {
  const lock = await lockOfRun();
  return { lock, programs: ownSource().directory("src/release/programs") };
}

/** A container with the program that has cosign's own code in it. */
export async function cosign(): Promise<Container> {
  const tools = await toolbox();
  return goImage(tools.lock).withFile("/usr/local/bin/sign", evidenceProgram(tools, "sign"));
}

/**
 * Makes a key pair.
 *
 * @param once Another text is another key.
 */
export async function testKey(once: string): Promise<TestKey> {
  const made = (await cosign())
    .withWorkdir("/out")
    .withEnvVariable("SLIPWAY_TEST", once)
    .withEnvVariable("COSIGN_PASSWORD", KEY_PASSWORD)
    .withExec(["sign", "generate-key-pair"]);
  const [key, publicKey] = await Promise.all([made.file("cosign.key").contents(), made.file("cosign.pub").contents()]);
  return {
    key: dag.setSecret(`key-${once}`, key),
    password: dag.setSecret(`key-password-${once}`, KEY_PASSWORD),
    publicKey,
  };
}

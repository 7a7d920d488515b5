/** Keys for tests, made by cosign for the run alone. */
import { type Container, dag, type Secret } from "@dagger.io/dagger";

import { parseImageLock } from "../../../src/platform/image-lock.ts";
import { goImage, goProgram } from "../../../src/release/tools.ts";
import { COSIGN } from "../../../src/release/tool-versions.ts";
import { runLock } from "./slipway.ts";

/** Password of every key here; it is looked for wherever it must not be. */
export const KEY_PASSWORD = "canary-90af";

/** A key pair. */
export type TestKey = { readonly key: Secret; readonly password: Secret; readonly publicKey: string };

/** A container with cosign. */
export async function cosign(): Promise<Container> {
  const lock = parseImageLock(await runLock().contents(), "images.lock.yaml");
  return goImage(lock).withFile("/usr/local/bin/cosign", goProgram(lock, COSIGN));
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
    .withExec(["cosign", "generate-key-pair"]);
  const [key, publicKey] = await Promise.all([made.file("cosign.key").contents(), made.file("cosign.pub").contents()]);
  return {
    key: dag.setSecret(`key-${once}`, key),
    password: dag.setSecret(`key-password-${once}`, KEY_PASSWORD),
    publicKey,
  };
}

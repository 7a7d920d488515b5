/** An authority of certificates and a log of signatures for tests: what Fulcio and Rekor are, with keys of a test alone. */
import { dag, type Secret, type Service } from "@dagger.io/dagger";

import { goImage } from "../../../src/release/tools.ts";
import { toolbox } from "./signing.ts";

/** Who vouches for those who get a token. */
export const ISSUER = "https://token.example.org";

/** Where the authority answers for those that are bound to it. */
export const AUTHORITY = "http://authority:8080";

/** An authority, what those have who trust it, and a token of somebody. */
export type TestAuthority = { readonly service: Service; readonly trustedRoot: string; readonly token: Secret };

/**
 * Makes an authority.
 *
 * @param once Another text is another authority.
 * @param subject Whom the token is of.
 */
export async function testAuthority(once: string, subject: string): Promise<TestAuthority> {
  const { lock, programs } = await toolbox();
  const evidence = programs.directory("evidence");
  // It needs nothing but Go's own packages, and so is compiled once, whatever else is in the module.
  const source = dag
    .directory()
    .withDirectory("authority", evidence.directory("authority"))
    .withDirectory("cmd/authority", evidence.directory("cmd/authority"))
    .withNewFile("go.mod", "module slipway.invalid/evidence\n\ngo 1.26\n");
  const program = goImage(lock)
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"))
    .withEnvVariable("CGO_ENABLED", "0")
    .withMountedDirectory("/source", source)
    .withWorkdir("/source")
    .withExec(["go", "build", "-trimpath", "-o", "/out/authority", "./cmd/authority"])
    .file("/out/authority");
  const made = goImage(lock)
    .withFile("/usr/local/bin/authority", program)
    .withWorkdir("/keys")
    .withEnvVariable("SLIPWAY_TEST", once)
    .withExec(["authority", "make", "/keys", ISSUER, subject]);
  const [trustedRoot, token] = await Promise.all([
    made.file("trusted-root.json").contents(),
    made.file("token").contents(),
  ]);
  const service = made.withExposedPort(8080).asService({ args: ["authority", "serve", "/keys", ":8080"] });
  return { service, trustedRoot, token: dag.setSecret(`token-${once}`, token) };
}

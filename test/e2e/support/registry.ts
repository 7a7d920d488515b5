/** Real registry servers for tests: empty, each of its own, with or without TLS and a password. */
import { randomUUID } from "node:crypto";

import { type Container, dag, type File, type Service } from "@dagger.io/dagger";

import { outsideImage } from "./slipway.ts";

/** Where the servers answer for those that are bound to them. */
export const REGISTRY = "registry:5000";

/** User and password that a server with accounts knows; the password is looked for wherever it must not be. */
export const ACCOUNT = { user: "someone", password: "canary-7d21" };

// bcrypt of the password above.
const HTPASSWD = "someone:$2y$04$fWrNja30A5Tsu/xnQQ5OGevo4ketiFLhLvY0nOSc5sGTu.JkQ3Ihy\n";

/** A registry that is asked for nothing, empty. */
export async function emptyRegistry(): Promise<Service> {
  return (await server()).asService({ useEntrypoint: true });
}

/** A registry behind TLS that wants an account, with the certificate that its clients need. */
export async function closedRegistry(): Promise<{ readonly service: Service; readonly ca: File }> {
  const made = (await outsideImage("golang"))
    .withWorkdir("/out")
    .withExec(["sh", "-c", 'go run "$(go env GOROOT)/src/crypto/tls/generate_cert.go" --host registry --ca']);
  const service = (await server())
    .withFile("/etc/registry/cert.pem", made.file("/out/cert.pem"))
    .withFile("/etc/registry/key.pem", made.file("/out/key.pem"))
    .withNewFile("/etc/registry/htpasswd", HTPASSWD)
    .withEnvVariable("REGISTRY_HTTP_TLS_CERTIFICATE", "/etc/registry/cert.pem")
    .withEnvVariable("REGISTRY_HTTP_TLS_KEY", "/etc/registry/key.pem")
    .withEnvVariable("REGISTRY_AUTH", "htpasswd")
    .withEnvVariable("REGISTRY_AUTH_HTPASSWD_REALM", "test")
    .withEnvVariable("REGISTRY_AUTH_HTPASSWD_PATH", "/etc/registry/htpasswd")
    .asService({ useEntrypoint: true });
  return { service, ca: made.file("/out/cert.pem") };
}

/** The password as a Secret. */
export function accountPassword() {
  return dag.setSecret("registry-password", ACCOUNT.password);
}

async function server(): Promise<Container> {
  return (await outsideImage("registry"))
    .withEnvVariable("SLIPWAY_TEST", randomUUID())
    .withEnvVariable("REGISTRY_STORAGE_DELETE_ENABLED", "true")
    .withExposedPort(5000);
}

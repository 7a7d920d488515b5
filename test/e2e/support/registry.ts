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

/** A registry behind TLS that wants an account, with the certificate that its clients need, and its storage. */
export async function closedRegistry(): Promise<{
  readonly service: Service;
  readonly ca: File;
  /** Files of the storage that hold a text. */
  readonly filesWith: (text: string) => Promise<string>;
}> {
  const storage = dag.cacheVolume(`slipway-test-registry-${randomUUID()}`);
  const tool = await outsideImage("golang");
  const made = tool
    .withWorkdir("/out")
    .withExec(["sh", "-c", 'go run "$(go env GOROOT)/src/crypto/tls/generate_cert.go" --host registry --ca']);
  const service = (await server())
    .withMountedCache("/var/lib/registry", storage)
    .withFile("/etc/registry/cert.pem", made.file("/out/cert.pem"))
    .withFile("/etc/registry/key.pem", made.file("/out/key.pem"))
    .withNewFile("/etc/registry/htpasswd", HTPASSWD)
    .withEnvVariable("REGISTRY_HTTP_TLS_CERTIFICATE", "/etc/registry/cert.pem")
    .withEnvVariable("REGISTRY_HTTP_TLS_KEY", "/etc/registry/key.pem")
    .withEnvVariable("REGISTRY_AUTH", "htpasswd")
    .withEnvVariable("REGISTRY_AUTH_HTPASSWD_REALM", "test")
    .withEnvVariable("REGISTRY_AUTH_HTPASSWD_PATH", "/etc/registry/htpasswd")
    .asService({ useEntrypoint: true });
  // Layers are looked into as they unpack, all else as it lies there.
  const search = `cd /storage && find . -type f | while IFS= read -r file; do
  if grep -qaF -- "$TEXT" "$file" || gzip -dcq "$file" 2> /dev/null | grep -qaF -- "$TEXT"; then echo "$file"; fi
done`;
  const filesWith = async (text: string) =>
    tool
      .withMountedCache("/storage", storage)
      .withEnvVariable("SLIPWAY_TEST", randomUUID())
      .withEnvVariable("TEXT", text)
      .withExec(["sh", "-c", search])
      .stdout();
  return { service, ca: made.file("/out/cert.pem"), filesWith };
}

/** Work that is done while a blob of a server's storage is damaged. */
type Damage = (how: string, digest: string, work: () => Promise<string>) => Promise<string>;

/** A registry whose storage a test can reach: damage cuts, alters or removes a blob, works, and mends it. */
export async function storedRegistry(): Promise<{ readonly server: Service; readonly damage: Damage }> {
  const storage = dag.cacheVolume(`slipway-test-registry-${randomUUID()}`);
  const tool = await outsideImage("golang");
  const run = (script: string, digest: string) => {
    const hash = digest.replace("sha256:", "");
    return tool
      .withMountedCache("/storage", storage)
      .withEnvVariable("SLIPWAY_TEST", randomUUID())
      .withEnvVariable("BLOB", `/storage/docker/registry/v2/blobs/sha256/${hash.slice(0, 2)}/${hash}/data`)
      .withExec(["sh", "-euc", script])
      .sync();
  };
  const damages: Readonly<Record<string, string>> = {
    cut: 'cp "$BLOB" "$BLOB.kept"; truncate -s -7 "$BLOB"',
    alter: 'cp "$BLOB" "$BLOB.kept"; printf x | dd of="$BLOB" bs=1 seek=40 conv=notrunc 2> /dev/null',
    remove: 'mv "$BLOB" "$BLOB.kept"',
  };
  const damage: Damage = async (how, digest, work) => {
    await run(damages[how] ?? "exit 1", digest);
    try {
      return await work();
    } finally {
      await run('mv "$BLOB.kept" "$BLOB"', digest);
    }
  };
  const started = (await server()).withMountedCache("/var/lib/registry", storage);
  return { server: started.asService({ useEntrypoint: true }), damage };
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

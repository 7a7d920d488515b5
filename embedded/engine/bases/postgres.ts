/** Base `postgres`: Debian's PostgreSQL behind the variables of the official image. */

import { chown, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeTo, writeUsers } from "./tree.ts";

const MAJOR = 15;
const USER = { name: "postgres", id: 999 } as const;
/** User of the pods: initdb refuses to run as somebody without a name, and Debian has no library that lends one. */
const POD_USER = { name: "pod", id: 10001 } as const;
const PACKAGES = ["coreutils", "dash", "libc-bin", `postgresql-${MAJOR}`] as const;
const ENTRYPOINT = fileURLToPath(new URL("postgres-entrypoint.sh", import.meta.url));
const PROGRAMS = `/usr/lib/postgresql/${MAJOR}/bin`;

/** The just-in-time compiler is more than half of the packages, and off without its library. */
const NOT_NEEDED = [
  ...DOCUMENTATION,
  ...INSTALLATION,
  `usr/lib/postgresql/${MAJOR}/lib/bitcode`,
  `usr/lib/postgresql/${MAJOR}/lib/llvmjit.so`,
  "usr/lib/llvm-14",
  "usr/lib/x86_64-linux-gnu/libLLVM-14.so.1",
  "usr/lib/x86_64-linux-gnu/libz3.so.4",
  "usr/lib/aarch64-linux-gnu/libLLVM-14.so.1",
  "usr/lib/aarch64-linux-gnu/libz3.so.4",
  "var/lib/postgresql",
] as const;

/** Makes the layer; the entrypoint's text is one of its inputs. */
export async function postgresBase(): Promise<Base> {
  const entrypoint = await readFile(ENTRYPOINT, "utf8");
  const layer: LayerRecipe = {
    name: "postgres",
    inputs: { suite: DEBIAN_SUITE, packages: PACKAGES, without: NOT_NEEDED, entrypoint, users: [USER, POD_USER] },
    fill: async ({ debian }, tree) => {
      await debian.tree({ step: "making the postgres layer", variant: "extract", packages: PACKAGES }, tree);
      await removeFrom(tree, NOT_NEEDED);
      await writeUsers(tree, { [USER.name]: USER.id, [POD_USER.name]: POD_USER.id });
      await writeTo(tree, "usr/local/bin/entrypoint", entrypoint, 0o755);
      await makeFolder(tree, "var/lib/postgresql");
      await makeFolder(tree, "var/lib/postgresql/data", 0o700);
      await chown(path.join(tree, "var/lib/postgresql/data"), USER.id, USER.id);
    },
  };
  return {
    name: "postgres",
    tag: String(MAJOR),
    madeFrom: `the Debian ${DEBIAN_SUITE} package postgresql-${MAJOR}`,
    reason: "database of the platform, for tests and local installs",
    layers: [layer],
    config: {
      environment: {
        PATH: `${PROGRAMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        PGDATA: "/var/lib/postgresql/data",
        LANG: "C.UTF-8",
      },
      user: String(USER.id),
      entrypoint: ["/usr/local/bin/entrypoint"],
      command: ["postgres"],
      ports: ["5432/tcp"],
    },
  };
}

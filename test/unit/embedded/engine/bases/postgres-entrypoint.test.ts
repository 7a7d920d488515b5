import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { scratchFolder } from "../scratch.ts";

const ENTRYPOINT = path.resolve(import.meta.dirname, "../../../../../embedded/engine/bases/postgres-entrypoint.sh");
/** In the place of PostgreSQL's programs: each writes down what it was called with, and initdb does its part of the work. */
const PROGRAMS = {
  initdb:
    'echo "initdb $*" >>"$CALLS"; cat /tmp/initial-password >>"$CALLS"; mkdir -p "$PGDATA"; echo 15 >"$PGDATA/PG_VERSION"',
  postgres:
    'echo "postgres $*" >>"$CALLS"; case $* in --single*) cat >>"$CALLS"; if [ -n "${REFUSE:-}" ]; then echo "ERROR:  no room"; fi;; esac',
} as const;

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
  mkdirSync(path.join(folder, "bin"));
  for (const [name, text] of Object.entries(PROGRAMS)) {
    writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, "bin", name), 0o755);
  }
  writeFileSync(path.join(folder, "password"), 'sec"ret 1');
});

function start(variables: Readonly<Record<string, string>>) {
  const calls = path.join(folder, "calls");
  writeFileSync(calls, "");
  const PATH = `${path.join(folder, "bin")}:${process.env.PATH ?? ""}`;
  const environment = { PATH, CALLS: calls, PGDATA: path.join(folder, "data"), ...variables };
  const { status, stderr } = spawnSync("sh", [ENTRYPOINT, "postgres", "-c", "work_mem=8MB"], { env: environment });
  const said = readFileSync(calls, "utf8").replaceAll(path.join(folder, "data"), "DATA").trim().split("\n");
  return { status, said, error: stderr.toString().trim() };
}

describe("the entrypoint of the base postgres", () => {
  const server = "postgres -D DATA -k /tmp -c listen_addresses=* -c work_mem=8MB";

  it("takes the password from a file and words for initdb from a variable, at the first start alone", () => {
    const variables = {
      POSTGRES_PASSWORD_FILE: path.join(folder, "password"),
      POSTGRES_INITDB_ARGS: "--auth-local=scram-sha-256 --data-checksums",
    };
    expect(start(variables).said).toEqual([
      "initdb --no-sync --pgdata=DATA --username=postgres --pwfile=/tmp/initial-password --encoding=UTF8 --locale=C.UTF-8 " +
        "--auth-local=trust --auth-host=scram-sha-256 --auth-local=scram-sha-256 --data-checksums",
      'sec"ret 1',
      server,
    ]);
    expect(start(variables).said).toEqual([server]);
  });

  it("makes the database before the server listens, whatever its name is, and takes all away where it cannot", () => {
    const variables = { POSTGRES_PASSWORD: "secret", POSTGRES_DB: 'a"b' };
    const refused = start({ ...variables, REFUSE: "yes" });
    expect(refused).toMatchObject({ status: 1, error: "ERROR:  no room" });
    expect(start(variables).said).toEqual([
      expect.stringMatching(/^initdb /),
      "secret",
      "postgres --single -D DATA -c fsync=off postgres",
      'CREATE DATABASE "a""b"',
      server,
    ]);
  });

  it.each([
    {
      given: {},
      error: "set POSTGRES_PASSWORD to the password of postgres; or, for a test, POSTGRES_HOST_AUTH_METHOD=trust",
    },
    {
      given: { POSTGRES_PASSWORD: "a", POSTGRES_PASSWORD_FILE: "/dev/null" },
      error: "set one of POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE",
    },
  ])("refuses to start with $given", ({ given, error }) => {
    expect(start(given)).toMatchObject({ status: 1, error });
  });
});

#!/bin/sh
# Starts PostgreSQL; at the first start makes the cluster, the user and the database that the variables of the
# official image name: POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE (one is required), POSTGRES_USER (default: postgres),
# POSTGRES_DB (default: the user), POSTGRES_INITDB_ARGS (further words for initdb).
#   entrypoint [ARGUMENT...]   arguments of the server
set -eu
PGDATA=${PGDATA:-/var/lib/postgresql/data}
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ "${1:-}" = postgres ]; then shift; fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    if [ -n "${POSTGRES_PASSWORD:-}" ]; then
      echo "set one of POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE" >&2
      exit 1
    fi
    POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  fi
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo "set POSTGRES_PASSWORD to the password of $user; or, for a test, POSTGRES_HOST_AUTH_METHOD=trust" >&2
    exit 1
  fi
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  umask 077
  printf '%s\n' "${POSTGRES_PASSWORD:-unused}" >/tmp/initial-password
  # The variable holds words, as a command line does.
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA" --username="$user" --pwfile=/tmp/initial-password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host="$method" ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm /tmp/initial-password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE :"name";\n' >/tmp/create.sql
    pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses='' -k /tmp" start >/dev/null
    PGPASSWORD=${POSTGRES_PASSWORD:-} psql --host=/tmp --username="$user" --dbname=postgres --set=ON_ERROR_STOP=1 \
      --set=name="$database" --quiet --file=/tmp/create.sql
    pg_ctl --pgdata="$PGDATA" --wait --mode=fast stop >/dev/null
    rm /tmp/create.sql
  fi
fi
exec postgres -D "$PGDATA" -k /tmp -c listen_addresses='*' "$@"

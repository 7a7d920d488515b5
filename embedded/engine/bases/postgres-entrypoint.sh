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
  # The variable holds words, as a command line does. Data is made for a test: nothing is forced to disk at first.
  # shellcheck disable=SC2086
  initdb --no-sync --pgdata="$PGDATA" --username="$user" --pwfile=/tmp/initial-password --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host="$method" ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm /tmp/initial-password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    # Without a server that listens: one process, which ends with 0 also where it refuses, so what it says counts.
    quoted=
    rest=$database
    while [ "${rest#*\"}" != "$rest" ]; do
      quoted="$quoted${rest%%\"*}\"\""
      rest=${rest#*\"}
    done
    said=$(printf 'CREATE DATABASE "%s"\n' "$quoted$rest" | postgres --single -D "$PGDATA" -c fsync=off postgres 2>&1)
    case $said in *ERROR* | *FATAL*)
      printf '%s\n' "$said" >&2
      rm -rf "$PGDATA"/*
      exit 1
      ;;
    esac
  fi
fi
exec postgres -D "$PGDATA" -k /tmp -c listen_addresses='*' "$@"

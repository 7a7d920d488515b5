#!/bin/bash
# Runs the images server and cli (/images/<name>) from read-only roots, as the user that the images name, against a real
# PostgreSQL and a real Redis, and prints one line of JSON per observation. Needs bash, curl, coreutils and root. Servers
# are in the variables POSTGRES and REDIS (host names).
set -euo pipefail

address() { getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }'; }
observe() { printf '{"what":"%s","value":"%s"}\n' "$1" "$2"; }
give_up() { echo "gave up: $1" >&2; tail -n 20 /tmp/*.log >&2; exit 1; }

DATABASE=postgres://cruvero:secret@$(address "$POSTGRES"):5432/cruvero?sslmode=disable
CACHE=$(address "$REDIS")
PATH_IN_IMAGE=/app/venv/bin:/usr/local/bin:/usr/bin:/bin
in_image() { # IMAGE [VARIABLE=VALUE...] -- WORDS...
  local image=$1 variables=(); shift
  while [ "$1" != -- ]; do variables+=("$1"); shift; done; shift
  exec env -i "PATH=$PATH_IN_IMAGE" "${variables[@]}" "$(command -v chroot)" --userspec=1000:1000 "/images/$image" cleveragents "$@"
}
code_of() { if ("$@") > /tmp/command.log 2>&1; then echo 0; else echo $?; fi; }
status_of() { curl -s -o /dev/null -w '%{http_code}' "${@:2}" "127.0.0.1:8000$1"; }
serve() { # VARIABLE=VALUE...
  (in_image server "$@" -- server serve) > /tmp/server.log 2>&1 &
  pid=$!
  for _ in $(seq 300); do if [ "$(status_of /live)" = 200 ]; then return; fi; sleep 0.1; done
  give_up "the server is live"
}
end() {
  kill -TERM "$pid"
  if wait "$pid"; then observe "$1" "exit 0"; else observe "$1" "exit $?"; fi
}

observe "without a database" "exit $(code_of in_image server -- server serve)"
observe "names what is missing" "$(grep -oE 'CLEVERAGENTS_[A-Z_]+ is missing' /tmp/command.log | sort -u | tr '\n' ' ' | sed 's/ $//')"
observe "unknown level" "exit $(code_of in_image server -- server serve --log-level loud)"
observe "cli without words" "exit $(code_of in_image cli -- --help)"
observe "cli check" "exit $(code_of in_image cli "CLEVERAGENTS_DATABASE_URL=$DATABASE" -- server check)"
observe "build tool" "$(find /images/server /images/cli -xdev \( -name uv -o -name uvx \) -type f | wc -l)"

serve "CLEVERAGENTS_DATABASE_URL=$DATABASE" "CLEVERAGENTS_REDIS_HOST=$CACHE"
observe "uid" "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")"
for path in / /live /ready /health /nowhere; do observe "GET $path" "$(status_of "$path")"; done
observe "POST /live" "$(status_of /live -X POST)"
observe "allowed" "$(curl -s -o /dev/null -w '%header{allow}' -X POST 127.0.0.1:8000/live)"
observe "headers" "$(curl -s -o /dev/null -w '%header{x-content-type-options} %header{cache-control}' 127.0.0.1:8000/nowhere)"
end "after SIGTERM"

serve "CLEVERAGENTS_DATABASE_URL=postgres://nobody:wrong@$(address "$POSTGRES"):5432/cruvero?sslmode=disable"
observe "wrong password /ready" "$(status_of /ready)"
observe "wrong password /live" "$(status_of /live)"
end "second after SIGTERM"

serve "CLEVERAGENTS_DATABASE_URL=$DATABASE" CLEVERAGENTS_REDIS_HOST=127.0.0.1 CLEVERAGENTS_REDIS_PORT=1
observe "no redis /ready" "$(status_of /ready)"
observe "no redis /live" "$(status_of /live)"
end "third after SIGTERM"

#!/bin/bash
# Runs the images of a whole system from read-only roots (/images/<name>), as the user that each image names (/users/<name>),
# against real servers, and prints one line of JSON per observation. Needs bash, curl, coreutils and root. Servers are in the variables
# POSTGRES, NATS and CACHE (host names).
set -euo pipefail

address() { getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }'; }
observe() { printf '{"what":"%s","value":"%s"}\n' "$1" "$2"; }
give_up() { echo "gave up: $1" >&2; tail -n 20 /tmp/*.log >&2; exit 1; }
until_ok() { # WHAT TRIES COMMAND...
  local what=$1 tries=$2; shift 2
  for _ in $(seq "$tries"); do if "$@" > /dev/null 2>&1; then return; fi; sleep 0.1; done
  give_up "$what"
}

DATABASE_URL=postgres://cruvero:secret@$(address "$POSTGRES"):5432/cruvero?sslmode=disable
NATS_URL=nats://$(address "$NATS"):4222
CACHE_URL=redis://$(address "$CACHE"):6379
export DATABASE_URL NATS_URL CACHE_URL API_URL=http://127.0.0.1:8080

in_image() { # NAME [VARIABLE=VALUE...]: replaces this shell by the image's entry point
  local name=$1; shift
  exec env "$@" chroot --userspec="$(cat "/users/$name")" "/images/$name" "/usr/bin/$name"
}

for round in first second; do
  if (in_image migrate) > "/tmp/migrate-$round.log" 2>&1; then observe "migrate $round" "exit 0"; else observe "migrate $round" "exit $?"; fi
done

if (exec env -i "$(command -v chroot)" --userspec="$(cat /users/api)" /images/api /usr/bin/api) > /tmp/bare.log 2>&1; then code=0; else code=$?; fi
observe "api without settings" "exit $code"
observe "api names what is missing" "$(grep -oE '(CACHE_URL|DATABASE_URL|NATS_URL)' /tmp/bare.log | sort -u | tr '\n' ' ' | sed 's/ $//')"

declare -A pids ports=([api]=8080 [ui]=8090 [worker]=8081 [graph-worker]=8082 [embed-worker]=8083)
for name in "${!ports[@]}"; do
  (in_image "$name" HTTP_PORT="${ports[$name]}" HEALTH_PORT="${ports[$name]}") > "/tmp/$name.log" 2>&1 &
  pids[$name]=$!
done
for name in "${!ports[@]}"; do
  until_ok "$name is live" 150 curl -fsS "127.0.0.1:${ports[$name]}/livez"
  until_ok "$name is ready" 150 curl -fsS "127.0.0.1:${ports[$name]}/readyz"
  observe "$name uid" "$(awk '/^Uid:/ { print $2 }' "/proc/${pids[$name]}/status")"
  observe "$name metrics" "$(curl -fsS "127.0.0.1:${ports[$name]}/metrics" | grep -c '^[a-z]' | awk '{ print ($1 > 0) ? "some" : "none" }')"
done

id=$(curl -fsS -H 'Content-Type: application/json' -d '{"input":"hello"}' 127.0.0.1:8080/v1/runs | grep -oE '"id": ?"[^"]+"' | head -n 1 | sed -E 's/.*"([^"]+)"$/\1/')
completed() { curl -fsS "127.0.0.1:8080/v1/runs/$id" | grep -q '"completed"'; }
until_ok "run $id is completed" 150 completed
observe "run" completed
observe "run through the ui" "$(curl -fsS "127.0.0.1:8090/api/v1/runs/$id" | grep -oE '"state": ?"[a-z]+"' | sed -E 's/.*"([a-z]+)"$/\1/')"

page=$(curl -fsS 127.0.0.1:8090/)
asset=$(grep -oE '/assets/[A-Za-z0-9_.-]+\.js' <<< "$page" | head -n 1)
observe "ui page" "$(grep -c '<!doctype html>' <<< "${page,,}")"
observe "ui asset name" "$asset"
observe "ui asset" "$(curl -fsS -o /dev/null -w '%{http_code} %header{cache-control}' "127.0.0.1:8090$asset")"

# Not even root writes to a root that is mounted to be read.
if touch /images/api/written 2> /tmp/write.log; then observe "write to the root" done; else observe "write to the root" "$(grep -o 'Read-only file system' /tmp/write.log)"; fi

(in_image api HTTP_PORT=8084 NATS_URL=nats://127.0.0.1:1 CACHE_URL=redis://127.0.0.1:1) > /tmp/api-alone.log 2>&1 &
alone=$!
(in_image api HTTP_PORT=8085 QUOTA_LIMIT=1 QUOTA_WINDOW=24h) > /tmp/api-limited.log 2>&1 &
limited=$!
until_ok "the api without NATS and cache is live" 150 curl -fsS 127.0.0.1:8084/livez
until_ok "the api with a quota of one is ready" 150 curl -fsS 127.0.0.1:8085/readyz
observe "readyz without NATS and cache" "$(curl -sS -o /tmp/readyz.json -w '%{http_code}' 127.0.0.1:8084/readyz) $(grep -oE '"name": ?"[a-z]+", ?"status": ?"failed"' /tmp/readyz.json | cut -d '"' -f 4 | tr '\n' ' ')"
observe "addresses and secrets in it" "$(grep -cE '127\.0\.0\.1|secret' /tmp/readyz.json || true)"
ask() { curl -sS -o /dev/null -w '%{http_code} ' -H 'Content-Type: application/json' -H 'X-Client-Id: quota-of-one' -d '{"input":"hello"}' 127.0.0.1:8085/v1/runs; }
observe "two runs with a quota of one" "$(ask)$(ask)"
kill -TERM "$alone" "$limited"
wait "$alone" "$limited" || true

for name in "${!ports[@]}"; do
  began=$(date +%s%N)
  kill -TERM "${pids[$name]}"
  if wait "${pids[$name]}"; then code=0; else code=$?; fi
  observe "$name after SIGTERM" "exit $code"
  observe "$name SIGTERM milliseconds" "$((($(date +%s%N) - began) / 1000000))"
  # A chroot has no /proc, which the metrics library remarks on in its own words.
  odd=$(grep -vE '^[{].*[}]$|/proc/self/stat' "/tmp/$name.log" | head -n 1 | tr -d '"\\' || true)
  observe "$name logs what is no JSON" "$odd"
done

#!/bin/bash
# Asks a backend API and two sites, which run as services, and prints one line of JSON per observation. Needs bash, curl and coreutils.
set -euo pipefail

observe() { printf '{"what":"%s","value":"%s"}\n' "$1" "${2//\"/}"; }
status() { curl -sS --max-time 10 -o /dev/null -w '%{http_code}' "$@"; }
header() { curl -sS --max-time 10 -o /dev/null -w "%header{$1}" "$2"; }
body() { curl -sS --max-time 10 "$@"; }

for _ in $(seq 20); do [ "$(status http://api:8000/health/?ready)" = 200 ] && break; sleep 0.2; done
observe "health" "$(status http://api:8000/health/) $(body http://api:8000/health/)"
observe "ready" "$(status http://api:8000/health/?ready) $(body http://api:8000/health/?ready)"
observe "notes before the migrations" "$(status http://api-bare:8000/notes/)"
observe "ready without a schema" "$(status http://api-bare:8000/health/?ready)"
observe "health without dependencies" "$(status http://api-alone:8000/health/)"
observe "ready without dependencies" "$(status http://api-alone:8000/health/?ready)"
note=$(body -H 'content-type: application/json' -d '{"text":"hello"}' http://api:8000/notes/)
observe "note" "$(grep -oE '"text":"hello"' <<< "$note")"
id=$(grep -oE '"id":[0-9]+' <<< "$note" | cut -d: -f2)
observe "note first read" "$(header x-cache "http://api:8000/notes/$id")"
observe "note second read" "$(header x-cache "http://api:8000/notes/$id")"
observe "note that is not there" "$(status http://api:8000/notes/999999)"
observe "note that is malformed" "$(status -H 'content-type: application/json' -d '{}' http://api:8000/notes/)"
# Four workers answer; each must count all requests.
for _ in $(seq 20); do counts+=" $(body http://api:8000/metrics | awk '/^yab_http_requests_total.*route="\/notes\/".*code="201"|^yab_http_requests_total.*code="201".*route="\/notes\/"/ { print $2 }')"; done
observe "metrics of every worker" "$(tr ' ' '\n' <<< "$counts" | grep . | sort -u | tr '\n' ' ' | sed 's/ $//')"
observe "other bind" "$(status http://api-elsewhere:9100/health/)"

for site in web admin; do
  at=http://$site:8080
  observe "$site title" "$(body $at/ | grep -oE '<title>[^<]*' | cut -c8-)"
  observe "$site deep link" "$(status $at/orders/17) $(body $at/orders/17 | grep -c '<title>')"
  observe "$site absent script" "$(status $at/assets/none.js) $(status $at/none.js)"
  observe "$site healthz" "$(status $at/healthz) $(body $at/healthz) $(header content-type $at/healthz)"
  observe "$site config.js" "$(body $at/config.js) $(header cache-control $at/config.js)"
  observe "$site page is cached" "$(header cache-control $at/)"
  observe "$site kit is cached" "$(status $at/assets/packages/ui_kit/ui_kit.css) $(header cache-control $at/assets/packages/ui_kit/ui_kit.css)"
  cached=""
  for path in assets/app.0123abcd.js assets/app.0123abc.js app.0123abcd.js; do cached+="; $(status $at/$path) $(header cache-control $at/$path)"; done
  observe "$site hashed names are cached" "${cached#; }"
  observe "$site project" "$(body $at/firebase-messaging-sw.js | grep -oE 'projectId: "[^"]*' | cut -d'"' -f2)"
  observe "$site placeholders" "$(body $at/firebase-messaging-sw.js $at/main.js $at/ | grep -c '__' || true)"
  observe "$site compiled in" "$(body $at/dart-defines.json | tr -d ' \n')"
  observe "$site compressed" "$(curl -sS --max-time 10 -o /dev/null -H 'accept-encoding: gzip' -w '%header{content-encoding}' $at/main.js)"
  for path in / /none.js /healthz /orders/17; do
    for name in content-security-policy cross-origin-opener-policy permissions-policy referrer-policy x-content-type-options x-frame-options; do
      [ -n "$(header $name "$at$path")" ] || observe "$site $path lacks $name" yes
    done
  done
  observe "$site server" "$(header server $at/)"
  observe "$site hidden file" "$(status $at/.git/config)"
  observe "$site post" "$(status -X POST $at/)"
done
observe "web configured config.js" "$(body http://web-configured:8080/config.js)"

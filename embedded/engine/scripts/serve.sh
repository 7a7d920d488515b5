#!/bin/sh
# Runs the registry and the engine inside their private root, until the engine ends. Told to end, it lets the engine
# end first, since that one has a cache to close: a killed engine throws its cache away at its next start.
#   serve.sh LINK SUBNET HOST_ADDRESS ENGINE_ADDRESS CONTAINER_RANGE REGISTRY_PORT
set -eu
LINK=$1 SUBNET=$2
. /opt/slipway/scripts/network.sh
logs=/var/log/slipway
socket=/run/slipway/registry.sock
in_engine_network() { exec nsenter --net=/run/netns/engine "$@"; }

ulimit -n "$(ulimit -Hn)"
network_down
network_up "$3" "$4"

# The same address reaches the registry from the machine and from the engine's network.
docker-registry serve /etc/dagger/registry.yml >$logs/registry.log 2>&1 &
relay=TCP-LISTEN:$6,bind=127.0.0.1,reuseaddr,fork
socat -b 262144 "$relay" UNIX-CONNECT:$socket >>$logs/relay.log 2>&1 &
in_engine_network socat -b 262144 "$relay" UNIX-CONNECT:$socket >>$logs/relay.log 2>&1 &

in_engine_network /opt/slipway/bin/dagger-engine --config /etc/dagger/engine.toml --network-cidr "$5" \
  >$logs/engine.log 2>&1 &
engine=$!
trap 'kill -TERM "$engine"' TERM INT

# wait also returns when the trap has run.
status=0
while kill -0 "$engine" 2>/dev/null; do
  status=0
  wait "$engine" || status=$?
done
network_down
exit "$status"

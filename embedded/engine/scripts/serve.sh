#!/bin/sh
# Runs the registry and the engine inside their private root, until the engine ends. Told to end, it lets the engine
# end first, since that one has a cache to close: a killed engine throws its cache away at its next start.
#   serve.sh LINK SUBNET HOST_ADDRESS ENGINE_ADDRESS CONTAINER_RANGE REGISTRY_PORT STAND_IN_HOST
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

# Containers reach it as they reach any registry: under its name in the image lock, with a certificate that they trust. The
# engine gives its authorities to containers, and its names are those of its hosts file; the range's first address is its own.
gateway=${5%.*}.1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$7" \
  -addext "subjectAltName=DNS:$7" -keyout /root/stand-ins.key -out /root/stand-ins.crt 2>$logs/certificate.log || {
  # It also writes there when all is well, so it is shown only here: this output is what a failed start ends with.
  cat $logs/certificate.log >&2
  exit 1
}
cp /root/stand-ins.crt /usr/local/share/ca-certificates/slipway-stand-ins.crt
echo "$gateway $7" >>/etc/hosts
in_engine_network socat -b 262144 \
  "OPENSSL-LISTEN:443,bind=$gateway,freebind,reuseaddr,fork,cert=/root/stand-ins.crt,key=/root/stand-ins.key,verify=0" \
  UNIX-CONNECT:$socket >>$logs/relay.log 2>&1 &

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

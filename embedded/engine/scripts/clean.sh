#!/bin/sh
# Takes back what an engine has left on the machine, however it ended: its way out and its control groups.
#   clean.sh LINK SUBNET
set -eu
LINK=$1 SUBNET=$2
. /usr/local/lib/slipway/network.sh

network_down
find /sys/fs/cgroup -maxdepth 2 -type d -name "$LINK" -exec find {} -depth -type d -exec rmdir {} \; 2>/dev/null || true

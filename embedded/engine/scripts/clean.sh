#!/bin/sh
# Takes back what an engine has left on the machine, however it ended: its way out and its control groups.
#   clean.sh LINK SUBNET
set -eu
LINK=$1 SUBNET=$2
. /opt/slipway/scripts/network.sh

network_down
# Version 2 has one tree of control groups, version 1 one for each kind of resource.
for group in "/sys/fs/cgroup/$LINK" "/sys/fs/cgroup/"*"/$LINK"; do
  if [ -d "$group" ]; then find "$group" -depth -type d -exec rmdir {} \;; fi
done

#!/bin/sh
# Brings the networks of engines up and down on a machine of its own (a network namespace) and prints, after each step,
# whether packets are forwarded, and how many rules of engines there are. Runs in the private root of an engine.
set -eu
mount -t sysfs none /sys
forwarding=/proc/sys/net/ipv4/ip_forward
network=/opt/slipway/scripts/network.sh

rules() { (. $network; "$tables" iptables -S; "$tables" iptables -t nat -S) | grep -c slipway || true; }
say() { echo "$1: $(cat $forwarding), $(rules) rules"; }
# Each engine has names of its own in /run/netns; here they have one folder, and the network is moved aside.
up() { # NAME NUMBER
  (LINK=slipway$1 SUBNET=10.213.$2.0/30; . $network; network_up "10.213.$2.1" "10.213.$2.2")
  touch "/run/netns/$1"
  mount --move /run/netns/engine "/run/netns/$1" 2>/dev/null ||
    { mount --bind /run/netns/engine "/run/netns/$1" && umount /run/netns/engine; }
  rm /run/netns/engine
}
down() { sh /opt/slipway/scripts/clean.sh "slipway$1" "10.213.$2.0/30"; }
# All processes of a killed engine are gone, and its network and link with them; nobody has taken back its rules.
killed() {
  ip netns delete "$1"
  for _ in $(seq 100); do if [ ! -e "/sys/class/net/slipway$1" ]; then return; fi; sleep 0.05; done
  return 1
}

echo 0 >$forwarding
up 0a 1
say "one engine"
up 0b 2
say "another engine"
down 0a 1
say "the first one stopped"
down 0b 2
say "both stopped"

up 0c 3
killed 0c
say "one killed"
up 0d 4
down 0d 4
say "the one after it stopped"
down 0c 3
say "the killed one taken back"

echo 1 >$forwarding
up 0e 5
down 0e 5
say "one engine where packets were forwarded before"

# The way out of an engine's network: a pair of linked interfaces, one end on the machine, and address translation.
# Read by serve.sh and clean.sh, inside the private root but on the machine's network.
#   LINK: name of the machine's end; also the comment of every rule     SUBNET: its range, a /30

# The same choice as the engine's: the older tables where the kernel has them.
tables=xtables-nft-multi
if [ -e /proc/net/ip_tables_names ]; then tables=xtables-legacy-multi; fi

# add_or_delete -I | -D
add_or_delete() {
  "$tables" iptables -w -t nat "$1" POSTROUTING -s "$SUBNET" -m comment --comment "$LINK" -j MASQUERADE &&
    "$tables" iptables -w "$1" FORWARD -i "$LINK" -m comment --comment "$LINK" -j ACCEPT &&
    "$tables" iptables -w "$1" FORWARD -o "$LINK" -m comment --comment "$LINK" \
      -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
}

# Packets pass between interfaces where the kernel is told so for the whole machine. An engine that finds this off, or
# turned on by another engine, says so in a rule without effect: the machine's own memory, which ends as the setting does.
forwarding=/proc/sys/net/ipv4/ip_forward
# mark_forwarding -I | -D LINK
mark_forwarding() {
  "$tables" iptables -w "$1" FORWARD -i "$2" -m comment --comment "$2: forwarding was off"
}
marked_links() {
  "$tables" iptables -w -S FORWARD | sed -n 's/.*--comment "\(slipway[^ ]*\): forwarding was off".*/\1/p'
}
# One engine at a time: /sys is the machine's own, so that engines of other caches wait, too.
one_at_a_time() { ( flock 9 && "$@" ) 9</sys/class/net; }

forwarding_on() {
  if [ "$(cat $forwarding)" != 0 ] && [ -z "$(marked_links)" ]; then return; fi
  mark_forwarding -I "$LINK" && echo 1 >$forwarding
}

# The last engine turns it off again; one that was killed has no link any more, and counts no longer.
forwarding_off() {
  mark_forwarding -D "$LINK" 2>/dev/null || return 0
  for link in $(marked_links); do
    if [ -e "/sys/class/net/$link" ]; then return 0; fi
  done
  for link in $(marked_links); do mark_forwarding -D "$link"; done
  echo 0 >$forwarding
}

network_down() {
  if [ -e "/sys/class/net/$LINK" ]; then ip link delete "$LINK"; fi
  while add_or_delete -D 2>/dev/null; do :; done
  one_at_a_time forwarding_off
}

# network_up HOST_ADDRESS ENGINE_ADDRESS, without the length of the prefix
network_up() {
  device=$(ip -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p;q')
  mtu=$(cat "/sys/class/net/${device:-lo}/mtu")
  if [ "$mtu" -gt 1500 ]; then mtu=1500; fi
  ip netns add engine
  ip link add "$LINK" mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns engine
  ip address add "$1/30" dev "$LINK"
  ip link set "$LINK" up
  ip -n engine address add "$2/30" dev eth0
  ip -n engine link set lo up
  ip -n engine link set eth0 up
  ip -n engine route add default via "$1"
  one_at_a_time forwarding_on
  add_or_delete -I
}

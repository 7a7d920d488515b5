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

network_down() {
  if [ -e "/sys/class/net/$LINK" ]; then ip link delete "$LINK"; fi
  while add_or_delete -D 2>/dev/null; do :; done
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
  echo 1 >/proc/sys/net/ipv4/ip_forward
  add_or_delete -I
}
